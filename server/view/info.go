package view

// Cookies is /cookies, from the registry of cookies.
type Cookies struct{ Cookies []Cookie }

// Cookie is one row of it; Purpose and Lifetime in words.
type Cookie struct{ Name, Purpose, Lifetime, Kind string }

// Providers is /providers, from the registry of service providers.
type Providers struct{ Providers []Provider }

// Provider is one row of it.
type Provider struct{ Name, Service, Data, Who, Country, Safeguard string }

// StaffProviders is /staff/providers: who stands behind each service. Fields of each: service, company, country, safeguard.
type StaffProviders struct{ Rows []ProviderForm }

// forms are those of the page, as their fields are named there.
func (p StaffProviders) forms() (out []Form) {
	for _, v := range p.Rows {
		out = append(out, v.within(v.prefixed()))
	}
	return out
}

// ProviderForm is one of them.
type ProviderForm struct {
	Form
	Service, Title, Data string
	Used                 bool
}

// DataRow is one kind of data.
type DataRow struct{ What, Purpose, Retention, Erasure string }

func (v ProviderForm) prefixed() string { return v.Service + "-" }
