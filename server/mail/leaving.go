package mail

import (
	"context"
	"strings"

	"peergroups/forum"
)

// leaving are what people write to a list, and nothing else, when they want no more of its mail, in the languages of the forum's
// members: it is done, as the command would be, and not posted to everybody.
var leaving = map[string]bool{"unsubscribe": true, "unsubscribe me": true, "please unsubscribe": true, "please unsubscribe me": true, "signoff": true, "sign off": true, "remove": true, "remove me": true, "please remove me": true, "stop": true,
	"abmelden": true, "austragen": true, "bitte abmelden": true, "désabonner": true, "me désabonner": true, "se désabonner": true, "désinscription": true, "désinscrire": true, "darse de baja": true, "darme de baja": true, "baja": true, "cancelar suscripción": true,
	"disiscrivimi": true, "cancellami": true, "disiscrizione": true, "afmelden": true, "uitschrijven": true, "cancelar subscrição": true, "remover": true, "wypisz": true, "wypisz mnie": true}

// leaves tells whether a mail to a list, or an answer to one of its mails, says only that its sender wants to leave it.
func leaves(post *forum.Incoming, answers bool) bool {
	plain := func(s string) string {
		return strings.ToLower(strings.Trim(strings.Join(strings.Fields(s), " "), ".,!*-_ "))
	}
	subject, text := plain(post.Title), plain(post.Source)
	return leaving[text] && (answers || subject == "" || leaving[subject])
}

// leave does what the command would do that stops the mail of the group of a post that was answered so.
func (b *Inbox) leave(ctx context.Context, id forum.PostID, by forum.Actor, post forum.Incoming) error {
	found, err := b.Forum.VisiblePosts(ctx, by, []forum.PostID{id})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return forum.Absent()
	}
	return b.Forum.Command(ctx, by, found[0].GroupSlug, "unsubscribe", post)
}
