// Package markup turns what members write, on the web or by mail, into safe HTML, plain text and excerpts. Everything
// here is a pure function of its arguments: no store, no clock, no network. Who may read a text is not decided here.
package markup
