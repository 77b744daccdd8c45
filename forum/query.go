package forum

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"strconv"
	"sync"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

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

func (w *writer) scan(ctx context.Context, dest any, query string, args ...any) error {
	return w.tx.NewRaw(query, args...).Scan(ctx, dest)
}

// reader is the pool that only reads. It writes a query with bun, but binds the values
// instead of putting them into the text: the same question is parsed once per connection.
type reader struct {
	*bun.DB
	numbered   bool // placeholders are $1, $2… and the driver keeps statements by itself
	mu         sync.RWMutex
	statements map[string]*sql.Stmt // by text
}

// mostStatements is more than there are questions; what is asked with lists of ids in its
// text is not kept.
const mostStatements = 600

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
	if reflect.TypeOf(dest).Elem().Kind() == reflect.Slice {
		return r.ScanRows(ctx, rows, dest)
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return either(rows.Err(), sql.ErrNoRows)
	}
	if err := r.ScanRow(ctx, rows, dest); err != nil {
		return err
	}
	return rows.Close()
}

func (r *reader) ask(ctx context.Context, text string, b *binding) (*sql.Rows, error) {
	if r.numbered || b.spelled {
		return r.DB.DB.QueryContext(ctx, text, b.values...)
	}
	s, err := r.statement(ctx, text) //nolint:sqlclosecheck // it is kept for the next time
	if err != nil || s == nil {
		return nil, err
	}
	return s.QueryContext(ctx, b.values...)
}

func (r *reader) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	r.mu.RLock()
	s := r.statements[text]
	r.mu.RUnlock()
	if s != nil {
		return s, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s = r.statements[text]; s != nil {
		return s, nil
	}
	s, err := r.DB.DB.PrepareContext(ctx, text) //nolint:sqlclosecheck // closed with the pool
	if err != nil {
		return nil, err
	}
	if len(r.statements) >= mostStatements { // a text that is made anew each time: let it not grow without end
		for t, old := range r.statements {
			delete(r.statements, t)
			defer func() { _ = old.Close() }()
			break
		}
	}
	r.statements[text] = s
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
