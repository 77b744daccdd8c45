package web

import "sync"

// cache keeps rendered bytes under a key that names everything they depend on, versions
// included: nothing in it can become untrue, only unused. When it is full it is emptied.
type cache struct {
	mu    sync.RWMutex
	items map[string][]byte
	size  int
	most  int
}

func newCache(most int) *cache { return &cache{items: map[string][]byte{}, most: most} }

func (c *cache) get(key string) ([]byte, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	b, ok := c.items[key]
	return b, ok
}

func (c *cache) put(key string, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size += len(key) + len(b); c.size > c.most {
		c.items, c.size = map[string][]byte{}, len(key)+len(b)
	}
	c.items[key] = b
}
