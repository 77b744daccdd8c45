package forum

// DataKind says whose data a column holds, if anybody's.
type DataKind string

// The kinds of data. NotPersonal stands for keys of places, counters and the like.
const (
	NotPersonal DataKind = "none"
	Account     DataKind = "account"
	Contact     DataKind = "contact"
	Content     DataKind = "content"
	Behaviour   DataKind = "behaviour"
	Record      DataKind = "record"
)

// Declared is one row of the register of data: what is held, what for, for how long, and
// what becomes of it on export and erasure (P33).
type Declared struct {
	Table     string
	Columns   []string
	Kind      DataKind
	Purpose   string // key of the message catalogue
	Retention string // key of the message catalogue; "period.NAME": of one of Periods
	Export    bool   // in the member's own download
	Erasure   string // "delete", "anonymise", "choose" (as its author wishes: anonymise or delete) or "keep"
}

// Data is the one register of every column of the store. A column that is not in it fails
// the tests.
var Data = []Declared{
	{"schema_migrations", []string{"name"}, NotPersonal, "data.operation", "data.always", false, "keep"},
	{"search_marks", []string{"stamp", "kind", "item", "at", "owed"}, NotPersonal, "data.operation", "data.until-indexed", false, "keep"},
	{"searches", []string{"id", "member_id", "query", "name", "kept", "tells", "used_at", "looked_at"}, Behaviour, "data.searches", "period.searches", true, "delete"},
	{"expired", []string{"day", "period", "of_table", "n"}, NotPersonal, "data.operation", "data.one-year", false, "keep"},
	{"settings", []string{"name", "value"}, NotPersonal, "data.organisation", "data.always", false, "keep"},
	{"members", []string{"id", "handle", "handle_key", "name", "name_key", "title", "language", "zone", "digest_hour", "digest_days", "digest_on", "digest_form", "keys", "no_talks", "no_recent", "standing", "created_at", "confirmed_at", "version", "policies_at"},
		Account, "data.account", "data.while-member", true, "anonymise"},
	{"members", []string{"email", "email_key"}, Contact, "data.mail", "data.while-member", true, "delete"},
	{"members", []string{"password_hash"}, Account, "data.login", "data.while-member", false, "delete"},
	{"registrations", []string{"member_id", "business_address", "business_phone", "other_contact"}, Contact, "data.registration", "data.while-member", true, "delete"},
	{"earlier_details", []string{"id", "member_id", "field", "was", "until_at"}, Contact, "data.registration", "data.while-member", true, "delete"},
	{"profiles", []string{"member_id", "email_to", "address_to", "phone_to", "contact_to", "listed_to", "place", "areas", "languages", "about", "changed_at"}, Contact, "data.profile", "data.while-member", true, "delete"},
	{"profile_words", []string{"word", "member_id"}, Contact, "data.profile", "data.while-member", false, "delete"},
	{"designations", []string{"id", "kind", "member_id", "given_by", "reason", "from_at", "until_at", "ended_at", "ended_by"}, Record, "data.looks", "period.access", true, "keep"},
	{"looks", []string{"id", "member_id", "by_member", "at", "reason", "kind"}, Record, "data.looks", "period.access", true, "keep"},
	{"grants", []string{"member_id", "role", "granted_by", "granted_at"}, Record, "data.roles", "data.while-member", true, "delete"},
	{"certificates", []string{"id", "member_id", "number", "from_at", "until_at", "decided_by", "decided_at", "revoked_at", "ended_at", "open_until_at", "suspended_at", "suspended_why", "reminded", "listed", "holder", "holder_title"}, Record, "data.certification", "period.certification", true, "anonymise"},
	{"programmes", []string{"id", "name", "added_at", "retired_at"}, NotPersonal, "data.organisation", "data.always", false, "keep"},
	{"applications", []string{"id", "member_id", "state", "programme_id", "completed", "hours", "mediations", "areas", "languages", "place", "conduct", "declared_at", "started_at", "handed_in_at", "open_parts",
		"claimed_by", "claimed_at", "checked", "outcome", "reasons", "grant_until", "decided_by", "decided_at", "confirmed_by", "closed_at", "certificate_id"}, Record, "data.application", "period.certification", true, "anonymise"},
	{"application_steps", []string{"id", "application_id", "member_id", "act", "words", "inside", "at"}, Record, "data.application", "period.certification", true, "anonymise"},
	{"evidence", []string{"id", "application_id", "member_id", "name", "format", "size", "shelf", "added_at"}, Content, "data.application", "period.evidence", true, "delete"},
	{"feedbacks", []string{"id", "application_id", "member_id", "name", "address", "address_key", "asked_at", "written_at", "declined_at", "cancelled_at", "words", "written_by"}, Contact, "data.feedback", "period.certification", true, "anonymise"},
	{"sessions", []string{"hash", "member_id", "device", "created_at", "seen_at", "expires_at", "strong", "computer_id"}, Account, "data.login", "data.until-expiry", true, "delete"},
	{"authenticators", []string{"member_id", "secret", "step", "added_at", "used_at"}, Account, "data.factor", "data.until-removed", false, "delete"},
	{"recovery_codes", []string{"member_id", "hash", "made_at", "used_at"}, Account, "data.factor", "data.until-removed", false, "delete"},
	{"passkeys", []string{"id", "member_id", "name", "key", "credential", "added_at", "used_at"}, Account, "data.factor", "data.until-removed", true, "delete"},
	{"linked_logins", []string{"member_id", "issuer", "subject", "linked_at", "used_at"}, Account, "data.login", "data.until-removed", true, "delete"},
	{"login_steps", []string{"hash", "member_id", "tries", "expires_at"}, Account, "data.login", "data.ten-minutes", false, "delete"},
	{"computers", []string{"id", "member_id", "hash", "device", "created_at", "seen_at", "expires_at"}, Account, "data.computers", "data.until-expiry", true, "delete"},
	{"tokens", []string{"id", "purpose", "member_id", "address", "created_at", "expires_at", "used_at"}, Account, "data.login", "data.until-expiry", false, "delete"},
	{"groups", []string{"id", "slug", "name", "description", "visibility", "joining", "from_join", "created_at", "version", "vet_first", "vet_all", "watched", "frozen_at", "frozen_why", "talk", "talk_key",
		"rules", "question", "icon", "hue", "roster", "no_boards", "no_rooms", "no_list", "class", "hold_mail", "gaps", "told_from"}, NotPersonal, "data.places", "data.always", false, "keep"},
	{"memberships", []string{"group_id", "member_id", "role", "standing", "joined_at", "invited_by", "asked_at", "answer", "role_at", "named", "muted_until", "vetted_until"}, Behaviour, "data.membership", "data.while-member", true, "delete"},
	{"invitations", []string{"group_id", "address_key", "address", "invited_by", "invited_at", "mode"}, Contact, "data.membership", "period.invitations", false, "delete"},
	{"boards", []string{"id", "group_id", "slug", "name", "description", "posting", "kind", "no_answers", "template", "position", "created_at", "version"}, NotPersonal, "data.places", "data.always", false, "keep"},
	{"topics", []string{"id", "board_id", "author_id", "title", "slug", "reach", "reach_of", "from_join", "posted_at", "last_post_at", "last_n", "pinned", "locked_at", "version", "mixed", "merged_into", "class", "mask_of", "titled_by", "slow", "accepted", "tagged", "people", "said", "special"},
		Content, "data.talk", "data.by-author", true, "choose"},
	{"tags", []string{"id", "group_id", "slug", "name", "created_at"}, NotPersonal, "data.places", "data.always", false, "keep"},
	{"stubs", []string{"id", "kind", "board_id", "topic_id", "to_topic", "at"}, NotPersonal, "data.places", "data.always", false, "keep"},
	{"topic_tags", []string{"topic_id", "tag_id"}, Content, "data.talk", "data.by-author", true, "choose"},
	{"followed_tags", []string{"member_id", "tag_id", "since_at"}, Behaviour, "data.told", "data.while-member", true, "delete"},
	{"posts", []string{"id", "topic_id", "n", "author_id", "reply_to", "reach", "reach_of", "from_join", "via", "source", "html", "plain", "markup", "key", "posted_at", "version", "edited_at", "erased_at", "class", "files", "gap", "spoken_in", "mask_of", "reacted", "polled", "tended", "special"},
		Content, "data.talk", "data.by-author", true, "choose"},
	{"imported", []string{"board_id", "key", "topic_id", "post_id", "at"}, Content, "data.moved", "data.by-author", false, "keep"},
	{"old_urls", []string{"path", "post_id"}, Content, "data.moved", "data.by-author", false, "keep"},
	{"reactions", []string{"post_id", "author_id", "sign", "reach", "reach_of", "from_join", "posted_at"}, Behaviour, "data.reactions", "data.by-author", true, "delete"},
	{"polls", []string{"post_id", "many", "secret", "until_at", "closed_at"}, Content, "data.talk", "data.by-author", true, "choose"},
	{"poll_options", []string{"id", "post_id", "n", "words"}, Content, "data.talk", "data.by-author", true, "choose"},
	{"votes", []string{"option_id", "author_id", "post_id", "reach", "reach_of", "from_join", "posted_at"}, Behaviour, "data.votes", "data.by-author", true, "anonymise"},
	{"account_erasures", []string{"member_id", "takes", "asked_at", "due_at", "told_ref", "told_at", "begun_at", "handle"}, Account, "data.erasing", "data.until-erased", true, "delete"},
	{"files", []string{"id", "post_id", "author_id", "name", "format", "size", "width", "height", "thumb", "shelf", "added_at", "waiting_id", "message_id"}, Content, "data.files", "data.by-author", true, "choose"},
	{"revisions", []string{"id", "post_id", "source", "reach", "reach_of", "from_join", "written_at", "act_id", "redacted_at"}, Content, "data.talk", "data.by-author", true, "choose"},
	{"held_handles", []string{"address", "handle", "until_at"}, Account, "data.limits", "data.held", false, "delete"},
	{"parties", []string{"member_id", "key", "words", "added_at"}, Content, "data.parties", "data.while-member", false, "delete"},
	{"ballots", []string{"id", "group_id", "topic_id", "opened_by", "opened_at", "until_at", "reach", "reach_of", "from_join", "reminded", "closed_at"}, Record, "data.ballots", "period.votes", false, "keep"},
	{"ballot_items", []string{"ballot_id", "kind", "item_id", "member_id", "answer", "answered_at"}, Record, "data.ballots", "period.votes", true, "anonymise"},
	{"openings", []string{"id", "kind", "group_id", "address", "ref_kind", "ref", "reason", "hours", "asked_by", "asked_at", "agreed_by", "agreed_at", "refused_at", "until_at", "ended_at", "was_standing", "was_role", "was_joined_at"},
		Record, "data.openings", "period.access", false, "keep"},
	{"rooms", []string{"id", "group_id", "slug", "name", "purpose", "last_seq", "created_at", "topic", "circle", "from_join", "keep", "off_record", "slow", "locked_at", "archived_at", "lock_why", "archive_why", "searched_seq"}, NotPersonal, "data.places", "data.always", false, "keep"},
	{"messages", []string{"id", "room_id", "seq", "author_id", "reach", "reach_of", "from_join", "source", "html", "plain", "markup", "nonce", "posted_at", "class", "changed_seq", "edited_at", "erased_at", "expires_at", "whiled", "off_record", "reply_to", "reacted", "files"},
		Content, "data.talk", "data.by-author", true, "choose"},
	{"room_members", []string{"room_id", "member_id", "joined_at"}, Record, "data.circles", "data.while-member", true, "delete"},
	{"room_mutes", []string{"room_id", "member_id", "until_at", "act_id"}, Record, "data.acts", "data.until-expiry", false, "delete"},
	{"room_reads", []string{"room_id", "member_id", "seq", "at"}, Behaviour, "data.unread", "data.while-member", true, "delete"},
	{"message_mentions", []string{"message_id", "member_id"}, Content, "data.mentions", "data.by-author", false, "delete"},
	{"message_reactions", []string{"message_id", "author_id", "sign", "reach", "reach_of", "from_join", "posted_at"}, Behaviour, "data.reactions", "data.by-author", true, "delete"},
	{"room_notices", []string{"member_id", "message_id", "why", "made_at", "read_at", "mail_due", "mail_id", "search_id"}, Behaviour, "data.told", "period.news", true, "delete"},
	{"bells", []string{"member_id", "why", "ref", "made_at", "read_at"}, Behaviour, "data.told", "period.news", true, "delete"},
	{"minutes", []string{"id", "room_id", "board_id", "member_id", "title", "made_at", "ended_at", "topic_id"}, Content, "data.minutes", "period.minutes", true, "delete"},
	{"minute_items", []string{"minutes_id", "message_id", "member_id", "edited_at", "told", "answer", "answered_at"}, Record, "data.minutes", "period.minutes", true, "delete"},
	{"chat_choices", []string{"member_id", "enter_breaks", "unseen", "untyped", "changed_at"}, Behaviour, "data.chat-choices", "data.while-member", true, "delete"},
	{"subscriptions", []string{"member_id", "board_id", "mode", "since_at", "notice"}, Behaviour, "data.mail", "data.while-member", true, "delete"},
	{"acknowledgements", []string{"id", "member_id", "group_id", "door", "reach", "readers", "wording", "at"}, Record, "data.acknowledged", "data.while-member", true, "delete"},
	{"consents", []string{"id", "member_id", "purpose", "version", "given_at", "withdrawn_at", "wording", "how"}, Record, "data.consents", "period.consents", true, "anonymise"},
	{"requests", []string{"id", "kind", "member_id", "name", "address", "language", "subject", "key", "at", "due_at", "extended_at", "confirmed_at", "claimed_by", "claimed_at", "closed_at", "closed_by", "outcome", "returned_at", "reminded"},
		Contact, "data.requests", "period.requests", true, "delete"},
	{"request_words", []string{"id", "request_id", "by_member", "inside", "words", "key", "message_id", "at"}, Contact, "data.requests", "period.requests", true, "delete"},
	{"incidents", []string{"id", "title", "words", "effects", "measures", "found_at", "opened_by", "opened_at", "version", "authority_at", "authority", "untold", "reminded", "sent_at", "sent_by", "closed_at", "picks", "key"}, Record, "data.incidents", "period.incidents", false, "keep"},
	{"incident_people", []string{"incident_id", "member_id", "picked_at"}, Record, "data.incidents", "period.incidents", true, "anonymise"},
	{"incident_notices", []string{"incident_id", "language", "subject", "words", "changed_by", "changed_at"}, Record, "data.incidents", "period.incidents", false, "keep"},
	{"legal_requests", []string{"id", "authority", "basis", "reference", "words", "received_at", "member_id", "parts", "from_at", "until_at", "opened_by", "opened_at", "outcome", "reasons", "proposed_by", "proposed_at", "agreed_by", "agreed_at", "silent_until", "silent_why", "told_at", "bundled_at", "bundled_by", "manifest", "closed_at", "key"},
		Record, "data.legal", "period.legal", true, "keep"},
	{"policies", []string{"id", "name", "version", "words", "changes", "asks", "published_by", "published_at"}, NotPersonal, "data.organisation", "data.always", false, "keep"},
	{"processors", []string{"name", "who", "country", "safeguard", "changed_by", "changed_at"}, NotPersonal, "data.organisation", "data.always", false, "keep"},
	{"policy_uses", []string{"member_id", "policy_id", "shown_at", "used_at", "done_at"}, Record, "data.consents", "data.until-amended", true, "delete"},
	{"wordings", []string{"hash", "words", "first_at"}, NotPersonal, "data.consents", "data.always", false, "keep"},
	{"cases", []string{"id", "kind", "ref", "group_id", "about", "opened_at", "claimed_by", "claimed_at", "closed_by", "closed_at", "outcome", "answer", "masked", "circle"}, Record, "data.reports", "period.cases", false, "keep"},
	{"reports", []string{"id", "case_id", "member_id", "reason", "words", "at"}, Record, "data.reports", "period.cases", true, "anonymise"},
	{"report_words", []string{"report_id", "message_id", "author_id", "words", "said_at"}, Record, "data.report-words", "period.cases", false, "delete"},
	{"reported_mails", []string{"id", "kind", "ref", "member_id", "queued_at"}, Record, "data.reports", "period.cases", true, "delete"},
	{"case_notes", []string{"id", "case_id", "member_id", "words", "at"}, Record, "data.reports", "period.cases", true, "anonymise"},
	{"acts", []string{"id", "kind", "group_id", "member_id", "post_id", "reason", "words", "by_member", "at", "until_at", "lifted_at", "lifted_by", "was", "masked", "message_id", "room_id", "apart"}, Record, "data.acts", "period.decisions", true, "anonymise"},
	{"hidden", []string{"post_id", "act_id", "reach", "reach_of", "from_join", "posted_at", "topic_id", "title", "slug"}, Record, "data.acts", "data.by-author", false, "delete"},
	{"objections", []string{"act_id", "member_id", "words", "at", "until_at", "answered_by", "answered_at", "taken_back", "answer", "reminded"}, Record, "data.acts", "period.decisions", true, "anonymise"},
	{"erasures", []string{"id", "post_id", "group_id", "asked_by", "asked_at", "reason", "words", "decided_by", "decided_at", "erased", "answer"}, Record, "data.acts", "period.decisions", false, "anonymise"},
	{"hidden_messages", []string{"message_id", "act_id", "reach", "reach_of", "from_join", "posted_at"}, Record, "data.acts", "data.by-author", false, "delete"},
	{"figures", []string{"year", "numbers", "made_at", "published_at", "published_by"}, NotPersonal, "data.figures", "data.always", false, "keep"},
	{"member_notes", []string{"id", "group_id", "about", "member_id", "words", "at"}, Record, "data.reports", "period.notes", true, "delete"},
	{"canned", []string{"id", "group_id", "title", "words"}, NotPersonal, "data.places", "data.always", false, "keep"},
	{"queue_notices", []string{"id", "group_id", "due_at"}, NotPersonal, "data.reports", "period.cases", false, "delete"},
	{"queue_mail", []string{"member_id", "notices", "summary", "day"}, Record, "data.mail", "data.while-member", true, "delete"},
	{"circulars", []string{"id", "kind", "circle", "group_id", "subject", "source", "html", "plain", "markup", "key", "version", "written_by", "changed_at", "sent_by", "sent_at", "people"},
		Record, "data.circulars", "period.letters", false, "keep"},
	{"opt_outs", []string{"id", "member_id", "kind", "version", "by_link", "at", "ended_at"}, Record, "data.opt-outs", "period.consents", true, "anonymise"},
	{"drafts", []string{"id", "member_id", "board_id", "topic_id", "reply_to", "title", "source", "trimmed", "door", "key", "held_at", "reminded", "why", "beside"},
		Content, "data.drafts", "data.until-decided", true, "delete"},
	{"waiting", []string{"id", "member_id", "group_id", "board_id", "topic_id", "reply_to", "title", "source", "trimmed", "door", "key", "reach", "reach_of", "from_join", "told", "class", "why", "at", "claimed_by", "claimed_at", "beside"},
		Content, "data.waiting", "data.until-decided", true, "delete"},
	{"writings", []string{"member_id", "kind", "ref", "title", "source", "reply_to", "files", "version", "changed_at", "beside"}, Content, "data.writings", "period.writing", true, "delete"},
	{"feeds", []string{"id", "member_id", "board_id", "made_at", "used_at"}, Behaviour, "data.feeds", "data.until-removed", true, "delete"},
	{"scheduled", []string{"id", "member_id", "board_id", "title", "source", "files", "tags", "poll_options", "poll_many", "poll_secret", "poll_until", "told", "post_at", "why", "changed_at", "key", "special"}, Content, "data.drafts", "data.until-decided", true, "delete"},
	{"deliveries", []string{"kind", "ref", "member_id", "state", "attempts", "queued_at", "due_at", "handed_at", "sent_at", "trouble"}, Record, "data.mail", "period.mail", true, "delete"},
	{"bounces", []string{"id", "kind", "ref", "member_id", "at", "handed_at", "what", "complaint", "status", "points", "paused"}, Record, "data.bounces", "period.mail", true, "delete"},
	{"mail_pauses", []string{"member_id", "paused_at", "why", "cleared_at"}, Record, "data.bounces", "data.while-member", true, "delete"},
	{"digests", []string{"id", "run", "member_id", "mode", "day", "from_at", "to_at"}, Record, "data.mail", "period.mail", true, "delete"},
	{"reads", []string{"member_id", "topic_id", "n", "was", "marked_at"}, Behaviour, "data.unread", "data.while-member", true, "delete"},
	{"mentions", []string{"post_id", "member_id"}, Content, "data.mentions", "data.by-author", false, "delete"},
	{"levels", []string{"member_id", "topic_id", "board_id", "level", "since_at"}, Behaviour, "data.told", "data.while-member", true, "delete"},
	{"notices", []string{"member_id", "post_id", "why", "made_at", "read_at", "mail_due", "mail_id", "search_id"}, Behaviour, "data.told", "period.news", true, "delete"},
	{"news_choices", []string{"member_id", "in_app", "by_mail", "delay", "quiet_from", "quiet_to", "bare", "paused_until", "changed_at"}, Behaviour, "data.told", "data.while-member", true, "delete"},
	{"bookmarks", []string{"member_id", "post_id", "note", "kept_at", "remind_at", "reminded_at"}, Behaviour, "data.bookmarks", "data.while-member", true, "delete"},
	{"ignores", []string{"member_id", "ignored_id", "since_at"}, Behaviour, "data.ignores", "data.while-member", true, "delete"},
	{"blocks", []string{"member_id", "blocked_id", "since_at"}, Behaviour, "data.blocks", "data.while-member", true, "delete"},
	{"usage_days", []string{"id", "salt", "dropped", "counted_at"}, NotPersonal, "data.usage", "data.always", false, "keep"},
	{"usage_views", []string{"id", "day", "person", "at", "feature", "page", "language", "browser", "os", "site", "network"}, Behaviour, "data.usage", "data.until-counted", false, "delete"},
	{"usage_counts", []string{"day", "kind", "value", "people", "views"}, NotPersonal, "data.usage", "data.always", false, "keep"},
	{"security_log", []string{"id", "at", "agent", "method", "route", "status", "member_id"}, Behaviour, "data.security", "data.thirty-days", true, "delete"},
	{"security_log", []string{"address", "mark"}, Behaviour, "data.security", "data.thirty-days", false, "delete"},
	{"attempts", []string{"bucket", "n", "until_at"}, Account, "data.limits", "data.one-day", false, "delete"},
	{"transfers", []string{"id", "body", "place", "contact", "words", "from_at", "key", "circular_id", "announced_by", "announced_at", "withdrawn_by", "withdrawn_at", "done_at"}, Record, "data.transfer", "data.always", false, "keep"},
	{"portal_imports", []string{"archive", "entries", "began_at"}, NotPersonal, "data.operation", "data.until-imported", false, "keep"},
	{"lists", []string{"group_id", "strangers", "to_author", "footer", "welcome", "goodbye"}, NotPersonal, "data.places", "data.always", false, "keep"},
	{"strangers", []string{"id", "group_id", "board_id", "address", "key", "title", "source", "at"}, Contact, "data.strangers", "period.strangers", false, "delete"},
	{"arrivals", []string{"id", "member_id", "key", "group_id", "at", "fate", "why", "verdict", "raw"}, Content, "data.arrivals", "period.raw", true, "delete"},
	{"received", []string{"id", "member_id", "at", "message_id", "verdict", "outcome", "object_id", "left_out"}, Record, "data.received", "period.mail", true, "delete"},
	{"log_entries", []string{"id", "seq", "at", "actor_id", "act", "object_id", "group_id", "reason", "hash"}, Record, "data.log", "period.log", false, "keep"},
}

// Copies is the register of what other packages keep in the same database: the search
// engine's copy of the texts, and the job queue, which holds ids only. "*" is every column.
var Copies = func() (out []Declared) {
	for _, table := range []string{"search_document", "search_word", "search_state", "search_block", "search_fts", "search_fts_config", "search_fts_data", "search_fts_docsize", "search_fts_idx"} {
		kind := NotPersonal // the index of the first: said once
		if table == "search_document" || table == "search_word" {
			kind = Content
		}
		out = append(out, Declared{table, []string{"*"}, kind, "data.find", "data.by-author", false, "delete"})
	}
	for _, table := range []string{"river_job", "river_client", "river_client_queue", "river_leader", "river_migration", "river_queue"} {
		out = append(out, Declared{table, []string{"*"}, NotPersonal, "data.operation", "data.one-day", false, "delete"})
	}
	return out
}()
