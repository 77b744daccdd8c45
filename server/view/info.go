package view

// Cookies is /cookies, from the registry of cookies.
type Cookies struct{ Cookies []Cookie }

// Cookie is one row of it; Purpose and Lifetime in words.
type Cookie struct{ Name, Purpose, Lifetime, Kind string }

// Providers is /providers, from the registry of service providers.
type Providers struct{ Providers []Provider }

// Provider is one row of it.
type Provider struct{ Name, Service, Data, Country, Safeguard string }

// DataRow is one kind of data.
type DataRow struct{ What, Purpose, Retention, Erasure string }
