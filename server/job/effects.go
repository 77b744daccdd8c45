package job

import (
	"github.com/riverqueue/river"

	"peergroups/forum"
)

// jobsOf is the list of what goes out: fact → jobs. Every kind of fact has its line, even
// an empty one.
func jobsOf(fact forum.Fact) []river.JobArgs {
	switch f := fact.(type) {
	case forum.Posted:
		return []river.JobArgs{send{Mail: "post", Ref: int64(f.Post)}}
	case forum.PostChanged:
		return []river.JobArgs{notify{Post: f.Post}}
	case forum.BallotOpened:
		return []river.JobArgs{send{Mail: f.Note, Ref: f.Ballot}}
	case forum.CircularQueued:
		return []river.JobArgs{send{Mail: f.Kind, Ref: f.Ref}}
	case forum.OpeningNoted:
		return []river.JobArgs{send{Mail: f.Note, Ref: f.Opening}}
	case forum.NewsOpened:
		return []river.JobArgs{send{Mail: f.Kind, Ref: f.Mail}}
	case forum.ModerationNoted:
		return []river.JobArgs{send{Mail: f.Note, Ref: f.Ref}}
	case forum.RequestNoted:
		return []river.JobArgs{send{Mail: "request", Ref: f.Words}}
	case forum.MemberRegistered:
		return []river.JobArgs{send{Mail: "note.confirm-address", Ref: f.Token}}
	case forum.RegisteredAgain:
		return []river.JobArgs{send{Mail: "note.already-registered", Ref: f.Token}}
	case forum.ResetAsked:
		return []river.JobArgs{send{Mail: "note.reset-password", Ref: f.Token}}
	case forum.MemberCertified:
		return []river.JobArgs{send{Mail: "note.certified", Ref: f.Certificate}}
	case forum.MemberTold:
		return []river.JobArgs{send{Mail: f.Note, Ref: f.Entry}}
	case forum.AccountNoted:
		return []river.JobArgs{send{Mail: f.Note, Ref: f.Ref}}
	case forum.JoinAsked:
		return []river.JobArgs{send{Mail: "note.asked", Ref: f.Entry}}
	case forum.DraftWaits:
		return []river.JobArgs{send{Mail: f.Note, Ref: f.Draft}}
	case forum.Answered:
		return []river.JobArgs{send{Mail: "note." + f.Outcome, Ref: f.Received}}
	case forum.DigestsComposed:
		var jobs []river.JobArgs
		for _, id := range f.Runs() {
			jobs = append(jobs, send{Mail: "digest", Ref: id})
		}
		return jobs
	case forum.AddressConfirmed, forum.SessionsEnded, forum.GroupChanged, forum.MemberJoined, forum.MemberLeft, forum.GroupNarrowed, forum.GroupReclassed, forum.TopicMoved, forum.TopicTagged, forum.RoomKept, forum.SaidApart, forum.CertificateEnded, forum.TopicChanged, forum.PostReacted, forum.AnswerAccepted, forum.Said, forum.Noticed, forum.RoomChanged, forum.CircleLeft:
		return nil // open pages are told at once (web.Announce); nothing is left to do later
	}
	return nil
}

// searchedOf is the list of what becomes old in the search engine: fact → what is put there anew, by a job that takes many at once. What is said in rooms is not
// in it: the rooms know how far they were heard (forum.NoteSaid).
func searchedOf(fact forum.Fact) []forum.Searched {
	switch f := fact.(type) {
	case forum.Posted:
		return searched("post", f.Post)
	case forum.PostChanged:
		return searched("post", f.Post)
	case forum.TopicMoved:
		if len(f.Posts) > 0 {
			return searched("post", f.Posts...)
		}
		return searched("topic", f.Topic)
	case forum.TopicTagged:
		return searched("topic", f.Topic)
	case forum.GroupReclassed:
		return searched("group", f.Group)
	case forum.SaidApart:
		return searched("message", f.Messages...)
	case forum.RoomKept:
		return searched("room", f.Room)
	}
	return nil
}

func searched[T ~int64](kind string, ids ...T) []forum.Searched {
	out := make([]forum.Searched, len(ids))
	for i, id := range ids {
		out[i] = forum.Searched{Kind: kind, ID: int64(id)}
	}
	return out
}
