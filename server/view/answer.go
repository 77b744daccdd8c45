package view

// Answer is the accepted answer of a question, above its topic.
type Answer struct {
	Href    string
	Who     Face
	Excerpt string
}

// BoardSettings changes a board. Fields: name, description, posting, kind, no_answers, template.
type BoardSettings struct {
	Form
	Group, Board Link
}
