package main

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
)

// networks opens the local database (NETWORK_DB) that names the networks of addresses; nil: there is none. Nothing is asked of anybody outside.
func (s *server) networks(c *Config) (func(netip.Addr) string, error) {
	if c.NetworkDB == "" {
		return nil, nil
	}
	db, err := maxminddb.Open(c.NetworkDB)
	if err != nil {
		return nil, fmt.Errorf("NETWORK_DB: %w", err)
	}
	s.undo = append(s.undo, func(context.Context) error { return db.Close() })
	return func(a netip.Addr) string {
		var is struct {
			ISP          string `maxminddb:"isp"`
			Organisation string `maxminddb:"autonomous_system_organization"`
		}
		if err := db.Lookup(a.Unmap().WithZone("")).Decode(&is); err != nil {
			return ""
		}
		if is.ISP != "" {
			return is.ISP
		}
		return is.Organisation
	}, nil
}
