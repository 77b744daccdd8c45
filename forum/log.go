package forum

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// log writes what staff or moderators did, in the same transaction. Each entry's hash
// covers the one before it, so that a changed, missing or moved entry shows (P28).
func (w *writer) log(by Actor, act string, object int64, group GroupID, reason string) error {
	_, err := w.entry(by, act, object, group, reason)
	return err
}

// entry is log that gives the entry's id, for a mail that is about it.
func (w *writer) entry(by Actor, act string, object int64, group GroupID, reason string) (int64, error) {
	if err := w.lockLog(); err != nil {
		return 0, err
	}
	var last struct {
		Seq  int64
		Hash string
	}
	err := w.one(&last, "SELECT seq, hash FROM log_entries ORDER BY seq DESC LIMIT 1") // ids of two nodes may be the other way round
	if err != nil && KindOf(err) != NotFound {
		return 0, err
	}
	reason = strings.ReplaceAll(strings.ToValidUTF8(reason, "\uFFFD"), "\x00", "") // else the hash would be of other bytes than the row has
	e := entry{w.id(), w.now, by.Member, act, object, group, reason}
	return e.id, w.exec(`INSERT INTO log_entries (id, seq, at, actor_id, act, object_id, group_id, reason, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.id, last.Seq+1, e.at, e.actor, e.act, e.object, e.group, e.reason, e.hash(last.Hash))
}

// LogProof is what a reading of the whole log shows (P28).
type LogProof struct {
	Whole  int     // entries that follow from one another, from the first on
	Broken int64   // the place at which the chain breaks: an entry was changed, taken out, put in or moved; 0: it is whole
	Head   string  // of the last that follows: whoever notes it can show later that nothing before was changed or cut off
	At     Instant // when that was written
	Noted  int64   // the place of the head that was noted; 0: it is not in the log
	Then   Instant // when that was written
	cut    string  // where its beginning was taken away, as cutLog writes it
}

// cutsLog is the act by which the beginning of the log goes, which is older than its period.
const cutsLog = "cut-log"

// logCutAt is the setting that says where.
const logCutAt = "log-cut"

// logCut gives after which entry the log begins, and puts that entry's hash into the proof.
func (f *Forum) logCut(ctx context.Context, p *LogProof) (seq int64, err error) {
	if p.cut, err = set(ctx, f.store.read, logCutAt); err != nil || p.cut == "" {
		return 0, err
	}
	n, hash, _ := strings.Cut(p.cut, ":")
	seq, err = strconv.ParseInt(n, 10, 64)
	p.Head = hash
	return seq, err
}

// CheckLog reads the whole log and tells how many entries follow from one another, and after
// which one the chain breaks. 0: it is whole.
func (f *Forum) CheckLog(ctx context.Context) (whole int, broken int64, err error) {
	p, err := f.ProveLog(ctx, "")
	return p.Whole, p.Broken, err
}

// ProveLog reads the whole log, and looks for a head that somebody noted, as LogProof or PublicLogHead gave it: that entries were cut off at its end
// shows by nothing else.
func (f *Forum) ProveLog(ctx context.Context, noted string) (p LogProof, err error) {
	defer during(&err, "prove log")
	noted = strings.ToLower(strings.TrimSpace(noted))
	day, _, public := strings.Cut(noted, ":")
	cut, err := f.logCut(ctx, &p)
	if err != nil {
		return p, err
	}
	said := cut == 0 // that it was cut there stands in the log
	for seq := cut; ; {
		var rows []struct {
			ID, Seq      int64
			At           Instant
			ActorID      MemberID
			Act          string
			ObjectID     int64
			GroupID      GroupID
			Reason, Hash string
		}
		if err := f.store.read.scan(ctx, &rows, `SELECT id, seq, at, actor_id, act, object_id, group_id, reason, hash FROM log_entries WHERE seq > ? ORDER BY seq LIMIT 1000`, seq); err != nil {
			return p, err
		}
		if len(rows) == 0 {
			if !said {
				p.Broken = cut + 1
			}
			return p, nil
		}
		for _, r := range rows {
			e := entry{r.ID, r.At, r.ActorID, r.Act, r.ObjectID, r.GroupID, r.Reason}
			if r.Seq != seq+1 || r.Hash != e.hash(p.Head) {
				p.Broken = seq + 1
				return p, nil
			}
			p.Whole, p.Head, p.At, seq = p.Whole+1, r.Hash, r.At, r.Seq
			said = said || r.Act == cutsLog && r.Reason == p.cut
			if r.Hash == noted || public && f.publicHead(day, r.Hash) == noted {
				p.Noted, p.Then = r.Seq, r.At
			}
		}
	}
}

// PublicLogHead is "day:mark", a mark under the secret key of the log's last entry before the day (UTC) began: it is published, so that somebody outside
// can note it. It is another each day, whatever was done, and tells nothing of what or how much. "": there is no such entry.
func (f *Forum) PublicLogHead(ctx context.Context) (head string, err error) {
	defer during(&err, "read log head")
	begins := f.now().UTC().Truncate(24 * time.Hour)
	var hash string
	switch err := one(ctx, f.store.read, &hash, "SELECT hash FROM log_entries WHERE at < ? ORDER BY seq DESC LIMIT 1", At(begins)); {
	case KindOf(err) == NotFound:
		return "", nil
	case err != nil:
		return "", err
	}
	return f.publicHead(begins.Format(time.DateOnly), hash), nil
}

func (f *Forum) publicHead(day, hash string) string {
	return day + ":" + hex.EncodeToString(f.mac("log-head", []byte(day+hash)))
}

type entry struct {
	id     int64
	at     Instant
	actor  MemberID
	act    string
	object int64
	group  GroupID
	reason string
}

func (e entry) hash(last string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%d\n%d\n%q\n%d\n%d\n%q", last, e.id, e.at, e.actor, e.act, e.object, e.group, e.reason))
	return hex.EncodeToString(sum[:])
}
