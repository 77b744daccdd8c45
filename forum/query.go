package forum

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// likeWord makes a word stand for itself in a pattern of LIKE … ESCAPE '\'.
var likeWord = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// querier is where a query is asked: the pool of readers, or a verb's transaction. dest is a
// pointer to a row, a single value, or a slice of either; without a row for the first two the
// answer is sql.ErrNoRows.
type querier interface {
	scan(ctx context.Context, dest any, query string, args ...any) error
}

// one scans a single row; no row is the one answer for what is absent.
func one(ctx context.Context, q querier, dest any, query string, args ...any) error {
	err := q.scan(ctx, dest, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return Absent()
	}
	return err
}

// scan asks within the verb's own context: on SQLite a question that is broken off may end the transaction that others share.
func (w *writer) scan(_ context.Context, dest any, query string, args ...any) error {
	text, b, err := w.bind(query, args)
	if err != nil {
		return err
	}
	var rows *sql.Rows
	if s := w.f.store.kept.known(text); s != nil {
		rows, err = w.tx.StmtContext(w.ctx, s).QueryContext(w.ctx, b.values...) //nolint:sqlclosecheck // they are, where they are scanned
	} else {
		rows, err = w.tx.Tx.QueryContext(w.ctx, text, b.values...) //nolint:sqlclosecheck // the same
	}
	if err != nil {
		return err
	}
	return scanned(w.ctx, w.f.store.write, rows, dest)
}

func (w *writer) run(query string, args []any) (sql.Result, error) {
	text, b, err := w.bind(query, args)
	if err != nil {
		return nil, err
	}
	if s := w.f.store.kept.known(text); s != nil {
		return w.tx.StmtContext(w.ctx, s).ExecContext(w.ctx, b.values...) //nolint:sqlclosecheck // it is kept for the next time
	}
	return w.tx.Tx.ExecContext(w.ctx, text, b.values...)
}

// bind writes a query, and notes one that is to be kept. Who asked may have gone meanwhile: then nothing more is asked.
func (w *writer) bind(query string, args []any) (text string, b binding, err error) {
	if err := w.asker.Err(); err != nil {
		return "", b, err
	}
	store := w.f.store
	b.numbered = store.read.numbered
	if text, err = b.write(store.write.QueryGen(), query, args); err == nil && !b.numbered && !b.spelled && store.kept.known(text) == nil {
		w.texts = append(w.texts, text)
	}
	return text, b, err
}

// reader is the pool that only reads. It writes a query with bun, but binds the values
// instead of putting them into the text: the same question is parsed once per connection.
type reader struct {
	*bun.DB
	numbered bool // placeholders are $1, $2… and the driver keeps statements by itself
	kept     statements
}

func (r *reader) scan(ctx context.Context, dest any, query string, args ...any) error {
	b := binding{numbered: r.numbered}
	text, err := b.write(r.QueryGen(), query, args)
	if err != nil {
		return err
	}
	rows, err := r.ask(ctx, text, &b)
	if err != nil {
		return err
	}
	return scanned(ctx, r.DB, rows, dest)
}

func (r *reader) ask(ctx context.Context, text string, b *binding) (*sql.Rows, error) {
	if r.numbered || b.spelled {
		return r.DB.DB.QueryContext(ctx, text, b.values...)
	}
	s, err := r.kept.prepared(ctx, r.DB.DB, text) //nolint:sqlclosecheck // it is kept for the next time
	if err != nil || s == nil {
		return nil, err
	}
	return s.QueryContext(ctx, b.values...)
}

// scanned puts rows where querier says.
func scanned(ctx context.Context, db *bun.DB, rows *sql.Rows, dest any) error {
	if reflect.TypeOf(dest).Elem().Kind() == reflect.Slice {
		return db.ScanRows(ctx, rows, dest)
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return either(rows.Err(), sql.ErrNoRows)
	}
	if err := db.ScanRow(ctx, rows, dest); err != nil {
		return err
	}
	return rows.Close()
}

// statements keeps what was parsed once, by its text.
type statements struct {
	mu sync.RWMutex
	of map[string]*sql.Stmt
}

// mostStatements is more than there are questions; what is asked with lists of ids in its
// text is not kept.
const mostStatements = 600

func (k *statements) known(text string) *sql.Stmt {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.of[text]
}

func (k *statements) prepared(ctx context.Context, db *sql.DB, text string) (*sql.Stmt, error) {
	if s := k.known(text); s != nil {
		return s, nil
	}
	s, err := db.PrepareContext(ctx, text) //nolint:sqlclosecheck // closed with the pool
	if err != nil {
		return nil, err
	}
	k.mu.Lock() // not before: a verb that has the connection may look here
	defer k.mu.Unlock()
	if known := k.of[text]; known != nil { // two at once
		defer func() { _ = s.Close() }()
		return known, nil
	}
	if len(k.of) >= mostStatements { // a text that is made anew each time: let it not grow without end
		for t, old := range k.of {
			delete(k.of, t)
			defer func() { _ = old.Close() }()
			break
		}
	}
	if k.of == nil {
		k.of = map[string]*sql.Stmt{}
	}
	k.of[text] = s
	return s, nil
}

// binding is a query under way to text and values.
type binding struct {
	numbered bool
	spelled  bool // some value stands in the text itself
	values   []any
}

func (b *binding) write(gen schema.QueryGen, query string, args []any) (string, error) {
	text, err := schema.QueryWithArgs{Query: query, Args: b.bound(args)}.AppendQuery(gen, nil)
	return string(text), err
}

// bound puts a place for a value where a value stood; conditions are gone into, and names
// and lists stay as they are.
func (b *binding) bound(args []any) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case schema.QueryWithArgs:
			if arg.Args != nil {
				arg.Args = b.bound(arg.Args)
			}
			out[i] = arg
		case schema.Ident:
			out[i] = arg
		case schema.QueryAppender:
			b.spelled = true
			out[i] = arg
		default:
			if known, is := spelling(arg); is {
				out[i] = known
			} else {
				out[i] = place{b, arg}
			}
		}
	}
	return out
}

// spelling gives what stands in the text of a question itself: yes and no, what is one of few, how much is asked for
// (an int) and who is nobody. SQLite plans a question anew whenever such a number is bound (since 3.53 in each
// comparison by =), which took half of the time of a topic's page; and it leaves out what cannot be.
func spelling(value any) (schema.QueryAppender, bool) {
	const few = 8
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return bun.SafeQuery("TRUE"), true
		}
		return bun.SafeQuery("FALSE"), true
	case reflect.Int64:
		if n := v.Int(); 0 <= n && n < few {
			return bun.SafeQuery(strconv.FormatInt(n, 10)), true
		}
	case reflect.Int:
		return bun.SafeQuery(strconv.FormatInt(v.Int(), 10)), true
	}
	return nil, false
}

// place is where a value is bound: each time it is named.
type place struct {
	b     *binding
	value any
}

// AppendQuery writes the placeholder and keeps the value.
func (p place) AppendQuery(_ schema.QueryGen, text []byte) ([]byte, error) {
	value, kind := plain(p.value)
	p.b.values = append(p.b.values, value)
	if !p.b.numbered {
		return append(text, '?'), nil
	}
	text = strconv.AppendInt(append(text, '$'), int64(len(p.b.values)), 10)
	return append(text, kind...), nil
}

// plain gives a value of one of our types as the driver knows it, and what PostgreSQL is to
// take it for, which it would else guess from what stands beside it.
func plain(value any) (any, string) {
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Int, reflect.Int64:
		return v.Int(), "::bigint"
	case reflect.String:
		return v.String(), "::text"
	case reflect.Bool:
		return v.Bool(), "::boolean"
	}
	return value, ""
}
