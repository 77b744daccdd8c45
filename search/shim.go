package search

import "errors"

// ErrPrimary says that only the primary of two engines failed.
var ErrPrimary = errors.New("search: the primary engine is away")
