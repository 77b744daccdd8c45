package web

import "time"

// crew does what sockets are asked for, on goroutines that are few and have grown: a socket's own waits for hours, and
// would hold the stack of its deepest question to the database. When a thousand come back at once, most wait here, small.
type crew struct {
	free  chan task
	hired chan struct{} // one for each that there is
}

type task struct {
	do   func()
	done chan any // what it panicked with, or nil
}

const (
	crewIdle = 5 * time.Second // after which one without work goes
	obeying  = 512             // orders at once: those of one commit wait for each other
	reading  = 16              // histories at once
)

func newCrew(most int) *crew {
	return &crew{make(chan task), make(chan struct{}, most)}
}

// run has it done and waits; a panic is the caller's.
func (c *crew) run(do func()) {
	t := task{do, make(chan any, 1)}
	select {
	case c.free <- t:
	default:
		select {
		case c.free <- t:
		case c.hired <- struct{}{}:
			go c.work(t)
		}
	}
	if p := <-t.done; p != nil {
		panic(p)
	}
}

func (c *crew) work(t task) {
	defer func() { <-c.hired }()
	idle := time.NewTimer(crewIdle)
	defer idle.Stop()
	for {
		t.run()
		idle.Reset(crewIdle)
		select {
		case t = <-c.free:
		case <-idle.C:
			return
		}
	}
}

func (t task) run() {
	defer func() { t.done <- recover() }()
	t.do()
}
