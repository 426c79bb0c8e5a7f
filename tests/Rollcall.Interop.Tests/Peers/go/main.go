// The test service and its cases by grpc-go. Usage: server DESCRIPTOR, or client DESCRIPTOR TARGET CASE[,CASE...] [COUNT].
//
// The server prints `port N`, and ends when its standard input does. The client does each case COUNT times, and tells of it: `CASE ok`, or
// `CASE failed` and on the next lines why. After the last one: `done`; then it stays, with its connection, until its standard input ends.
// It ends with 0 if all passed.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: server DESCRIPTOR, or client DESCRIPTOR TARGET CASE[,CASE...] [COUNT]")
	}
	if err := load(args[1]); err != nil {
		return err
	}
	if args[0] == "server" {
		return serve()
	}
	count := 1
	if len(args) > 4 {
		count, _ = strconv.Atoi(args[4])
	}
	return call(args[2], args[3], count)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
