package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"peergroups/forum"
)

const freeFloor = 200 << 20 // bytes

// folder is a forum.Shelf on disk: one file a name, in folders of the name's first two
// letters. Several nodes share it by sharing DATA_DIR.
type folder struct {
	root  string
	floor uint64 // bytes of the disk that files leave free: the database needs them
}

func (f folder) path(name string) (string, error) {
	if len(name) < 8 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "", errors.New("not a name of this shelf")
	}
	return filepath.Join(f.root, name[:2], name), nil
}

// Put implements forum.Shelf: what is there is there whole, also after the power is cut.
func (f folder) Put(_ context.Context, name string, b []byte) (err error) {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if free, err := freeBytes(dir); err != nil || free < f.floor+uint64(len(b)) {
		return errors.Join(err, forum.ErrShelfFull)
	}
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(b)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			err = errors.Join(err, forum.ErrShelfFull)
		}
		return errors.Join(err, os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return errors.Join(syncFolder(dir), syncFolder(f.root))
}

// freeBytes tells how much of the disk under a folder is left to us.
func freeBytes(dir string) (uint64, error) {
	var s syscall.Statfs_t
	err := syscall.Statfs(dir, &s)
	return uint64(s.Bavail) * uint64(s.Bsize), err
}

func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Get implements forum.Shelf.
func (f folder) Get(_ context.Context, name string) (io.ReadCloser, int64, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, 0, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

// Drop implements forum.Shelf.
func (f folder) Drop(_ context.Context, name string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Names implements forum.Shelf. What a killed process left half written goes here.
func (f folder) Names(_ context.Context, before time.Time) (out []string, err error) {
	err = filepath.WalkDir(f.root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && !info.ModTime().Before(before):
			return nil
		case err == nil && strings.HasSuffix(path, ".part"):
			return os.Remove(path)
		case err == nil:
			out = append(out, e.Name())
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return out, err
}
