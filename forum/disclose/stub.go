package disclose

const odtMIME = "application/vnd.oasis.opendocument.text"

func (a *Attachment) pdf(b []byte) error    { return ErrKind }
func (a *Attachment) office(b []byte) error { return ErrKind }
func cleanPDF(b []byte) ([]byte, error)     { return nil, ErrKind }
func cleanOffice(b []byte) ([]byte, error)  { return nil, ErrKind }
