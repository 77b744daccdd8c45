package disclose

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"sync"

	scaling "golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// picture tells the format of a picture by its first bytes; "" for none.
func picture(b []byte) Format {
	switch {
	case bytes.HasPrefix(b, []byte("\xFF\xD8\xFF")):
		return JPEG
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1A\n")):
		return PNG
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return GIF
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return WebP
	}
	return ""
}

// image reads the header and the traces; no pixel is decoded.
func (a *Attachment) image(b []byte) error {
	c, err := header(b, a.Format)
	if err != nil {
		return err
	}
	a.Width, a.Height = c.Width, c.Height
	switch a.Format {
	case JPEG:
		return a.jpeg(b)
	case PNG:
		return a.png(b)
	case GIF:
		return a.gif(b)
	}
	return a.webp(b)
}

// header reads the size, and refuses pictures that would take more memory than MaxPixels of four bytes.
func header(b []byte, f Format) (c image.Config, err error) {
	r := bytes.NewReader(b)
	cost := 4 // bytes of a pixel
	switch f {
	case JPEG:
		if c, err = jpeg.DecodeConfig(r); progressive(b) {
			cost = 12 // coefficients of three colours
		}
	case PNG:
		if c, err = png.DecodeConfig(r); deep(c.ColorModel) {
			cost = 8
		}
	case GIF:
		c, err = gif.DecodeConfig(r)
	default:
		c, err = webp.DecodeConfig(r)
	}
	switch {
	case err != nil || c.Width < 1 || c.Height < 1:
		return c, errors.Join(ErrBroken, err)
	case c.Width > MaxPixels/c.Height || c.Width*c.Height*cost > MaxPixels*4:
		return c, ErrBomb
	}
	return c, nil
}

func deep(m color.Model) bool {
	return m == color.RGBA64Model || m == color.NRGBA64Model || m == color.Gray16Model
}

// decoders are two, so that pictures sent at once do not fill the memory; a large one takes both.
var (
	decoders = make(chan struct{}, 2)
	turn     sync.Mutex // of who takes two
)

// decoding waits for its turn; what it returns must be called in the end.
func decoding(c image.Config) func() {
	n := 1
	if c.Width*c.Height > MaxPixels/4 {
		n = 2
	}
	turn.Lock()
	defer turn.Unlock()
	for range n {
		decoders <- struct{}{}
	}
	return func() {
		for range n {
			<-decoders
		}
	}
}

// decode gives the pixels, upright; of an animation the first frame.
func decode(b []byte, f Format) (image.Image, error) {
	var m image.Image
	var err error
	r := bytes.NewReader(b)
	turned := 1
	switch f {
	case JPEG:
		m, err = jpeg.Decode(r)
		turned = orientation(b)
	case PNG:
		m, err = png.Decode(r)
	case GIF:
		m, err = gif.Decode(r)
	default:
		m, err = webp.Decode(r)
	}
	if err != nil {
		return nil, errors.Join(ErrBroken, err)
	}
	return upright(m, turned), nil
}

// upright turns and mirrors as one of the eight orientations of EXIF says (CIPA DC-008, 4.6.4).
func upright(m image.Image, turned int) image.Image {
	if turned < 2 || turned > 8 {
		return m
	}
	r := m.Bounds()
	w, h := r.Dx(), r.Dy()
	from := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(from, from.Bounds(), m, r.Min, draw.Src)
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if turned > 4 {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch turned {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			i, k := from.PixOffset(x, y), to.PixOffset(tx, ty)
			copy(to.Pix[k:k+4:k+4], from.Pix[i:i+4:i+4])
		}
	}
	return to
}

const quality = 90 // of JPEG files, of 100

// recoded encodes a picture anew, so that nothing but its pixels is left. A GIF keeps its animation within MaxPixels and
// maxFrames, else its first frame; a WebP becomes JPEG, or PNG where it is transparent.
func recoded(b []byte, f Format) ([]byte, Format, error) {
	c, err := header(b, f)
	if err != nil {
		return nil, "", err
	}
	defer decoding(c)()
	if f == GIF && short(b) {
		all, err := gif.DecodeAll(bytes.NewReader(b))
		if err != nil {
			return nil, "", errors.Join(ErrBroken, err)
		}
		var out bytes.Buffer
		err = gif.EncodeAll(&out, all)
		return out.Bytes(), GIF, err
	}
	m, err := decode(b, f)
	if err != nil {
		return nil, "", err
	}
	if f == WebP {
		f = PNG
		if opaque(m) {
			f = JPEG
		}
	}
	out, err := encoded(m, f)
	return out, f, err
}

func opaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

func encoded(m image.Image, f Format) ([]byte, error) {
	var out bytes.Buffer
	var err error
	switch f {
	case JPEG:
		err = jpeg.Encode(&out, m, &jpeg.Options{Quality: quality})
	case GIF:
		err = gif.Encode(&out, m, nil)
	default:
		err = png.Encode(&out, m)
	}
	if err == nil && out.Len() > MaxBytes {
		err = ErrBomb
	}
	return out.Bytes(), err
}

// Thumbnail gives a picture small: neither side longer than longest, in pixels (at least 1). It is JPEG, or PNG where
// the picture is transparent; it holds no traces. Errors: ErrKind for what is no picture, ErrBroken, ErrBomb.
func Thumbnail(b []byte, longest int) (small []byte, err error) {
	defer recovered(&err)
	f := picture(b)
	switch {
	case f == "":
		return nil, ErrKind
	case len(b) > MaxBytes:
		return nil, ErrBomb
	}
	c, err := header(b, f)
	if err != nil {
		return nil, err
	}
	defer decoding(c)()
	m, err := decode(b, f)
	if err != nil {
		return nil, err
	}
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	if side := max(w, h, 1); side > longest {
		w, h = max(1, w*longest/side), max(1, h*longest/side)
	}
	if m.Bounds().Dx() > 4*w { // quickly first, then smoothly
		rough := image.NewRGBA(image.Rect(0, 0, 4*w, 4*h))
		scaling.ApproxBiLinear.Scale(rough, rough.Bounds(), m, m.Bounds(), scaling.Src, nil)
		m = rough
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	scaling.BiLinear.Scale(to, to.Bounds(), m, m.Bounds(), scaling.Src, nil)
	if to.Opaque() {
		return encoded(to, JPEG)
	}
	return encoded(to, PNG)
}
