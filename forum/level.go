package forum

// Level is how much a member wants to be told of a topic, or of the topics of a board.
type Level int64

// The levels. What is said of a topic goes before what is said of its board, and that before Answers.
const (
	Inherited  Level = iota
	EveryPost        // each post
	Answers          // answers to what the member wrote, and posts that mention them
	NewTopics        // the first posts of topics; for boards only
	MutedLevel       // nothing, and it is in no list or count of what is new
)

var levelNames = [...]string{"inherited", "every", "answers", "topics", "muted"}

// String names the level.
func (l Level) String() string { return levelNames[min(max(l, Inherited), MutedLevel)] }
