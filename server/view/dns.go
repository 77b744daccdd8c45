package view

// DNS is /staff/dns.
type DNS struct{ Records []DNSRecord }

// DNSRecord is what should stand in the DNS, and what does. State: catalogue key "dns.state-STATE".
type DNSRecord struct {
	Name, Type, Want string
	Found            []string
	State            string
}
