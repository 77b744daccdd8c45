package demo

import "peergroups/forum"

// talks begins one of the mediator with the moderator, and has another invite the mediator to one.
func (f *filler) talks() error {
	ana, otto, third := f.members[0], f.members[1], f.members[5]
	g, err := f.StartTalk(f.ctx, ana, forum.TalkDraft{Who: []string{otto.Handle}, Subject: "Thursday's co-mediation", Text: "Shall we meet half an hour before they come? I would like to go through the opening with you.", Key: "demo-talk"})
	if err != nil {
		return err
	}
	t, err := f.ReadTalk(f.ctx, otto, g.ID)
	if err != nil {
		return err
	}
	if err := f.AcceptTalk(f.ctx, otto, g.ID, t.Wording); err != nil {
		return err
	}
	p, err := f.FindRoom(f.ctx, otto, t.Slug, forum.TalkRoom)
	if err != nil {
		return err
	}
	if _, err := f.Say(f.ctx, otto, p.Room.ID, "Gladly. I bring the coffee, you bring the flip chart.", "demo-talk"); err != nil {
		return err
	}
	_, err = f.StartTalk(f.ctx, third, forum.TalkDraft{Who: []string{ana.Handle}, Subject: "A question about your workshop", Text: "Is there a place left?", Key: "demo-asked"})
	return err
}

// circle opens a room for a few members of a group, the mediator and the moderator among them.
func (f *filler) circle() error {
	g, err := f.FindGroup(f.ctx, f.admin, "practice")
	if err != nil {
		return err
	}
	r, err := f.OpenRoom(f.ctx, f.admin, g.Group.ID, "study-day", forum.RoomDraft{Name: "Planning the study day", Topic: "Who speaks on what, and when", Circle: true, Keep: 90 * 24})
	if err != nil {
		return err
	}
	for i, words := range []string{"The hall is ours from nine. Shall we begin with the role play, while everybody is awake?", "Yes, and the round on fees after lunch. I ask two colleagues whether they would tell of a case."} {
		if err := f.TakeIntoCircle(f.ctx, f.admin, r.ID, f.members[i].Handle); err != nil {
			return err
		}
		if _, err := f.Say(f.ctx, f.members[i], r.ID, words, f.key()); err != nil {
			return err
		}
	}
	return nil
}
