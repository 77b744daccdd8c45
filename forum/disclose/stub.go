package disclose

func (a *Attachment) pdf([]byte) error { return ErrKind }
func cleanPDF([]byte) ([]byte, error)  { return nil, ErrKind }
