package forum

// Who answers for the data of the body, and what they may.

// mayGo refuses the last administrator: somebody has to answer for the forum.
func mayGo(last bool) error {
	if last {
		return Refuse(Forbidden, "error.last-administrator")
	}
	return nil
}

// mayPublishPolicy: whoever answers for the data, or for the house.
func mayPublishPolicy(a Actor) error { return mayDesignate(a) }

// mayReadUsage: whoever answers for the data, or for the house.
func mayReadUsage(a Actor) error { return mayDesignate(a) }

// mayDesignate: whoever answers for the data, or for the house.
func mayDesignate(a Actor) error {
	if err := either(shown(a, Administrator), shown(a, PrivacyOfficer)); err != nil {
		return err
	}
	if !a.Has(Administrator) && !a.Has(PrivacyOfficer) {
		return Refuse(Forbidden, "error.administrators-only")
	}
	return nil
}

func mayLook(designated bool) error {
	if !designated {
		return Refuse(Forbidden, "error.not-designated")
	}
	return nil
}
