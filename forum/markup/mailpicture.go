package markup

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// The signs around the number of a picture, for as long as the text is split. They are of nobody's alphabet.
const (
	pictureOpens  = "\uE0F0"
	pictureCloses = "\uE0F1"
)

var pictureMark = regexp.MustCompile(pictureOpens + `([0-9]{1,4})` + pictureCloses)

const maxPictures = 200

// Pictures tells which pictures that came within an HTML mail it shows, by their Content-IDs, and which of them stand in what
// its author wrote, not in what was quoted or in the signature.
func Pictures(source string) (own, shown map[string]bool) {
	own, shown = map[string]bool{}, map[string]bool{}
	if !strings.Contains(strings.ToLower(source), "cid:") {
		return own, shown
	}
	source = strings.NewReplacer(pictureOpens, "", pictureCloses, "").Replace(source)
	var ids []string
	words, _ := fromHTML(source, func(id string) string {
		shown[id] = true
		if len(ids) >= maxPictures {
			own[id] = true
			return ""
		}
		ids = append(ids, id)
		return pictureOpens + strconv.Itoa(len(ids)-1) + pictureCloses
	})
	for _, m := range pictureMark.FindAllStringSubmatch(trim(words).Text, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil && n < len(ids) {
			own[ids[n]] = true
		}
	}
	return own, shown
}

// contentID gives what "cid:…" refers to (RFC 2392).
func contentID(source string) (string, bool) {
	source = strings.TrimSpace(source)
	if len(source) < 5 || !strings.EqualFold(source[:4], "cid:") {
		return "", false
	}
	id, err := url.PathUnescape(source[4:])
	return id, err == nil
}
