package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

// dns shows administrators what should stand in the DNS for mail, and what does at this moment.
func (d *Door) dns(r *request) error {
	if err := forum.MayAdminister(r.actor); err != nil {
		return err
	}
	records, err := d.DNS(r.ctx)
	if err != nil {
		return err
	}
	var p view.DNS
	for _, rec := range records {
		p.Records = append(p.Records, view.DNSRecord(rec))
	}
	return r.render(view.DNSPage(r.shell(r.words.T("dns.title")), p))
}
