package forum

// Why somebody has a notice of a post.
type Why int64

// The reasons, the strongest first.
const (
	Mentioned      Why = iota + 1 // the post mentions them
	AnswersYou                    // it answers theirs
	TopicStarted                  // it opens a topic on a board of which they want to be told so
	PostedThere                   // they want to be told of every post there
	RemindedOfPost                // they asked to be reminded of it
)

var whyNames = [...]string{"", "mention", "answer", "topic", "post", "reminder"}
