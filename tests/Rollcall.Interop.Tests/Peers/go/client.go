package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

const (
	parallel     = 16
	service      = "/grpc.testing.TestService/"
	initialValue = "test_initial_metadata_value"
	special      = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
)

var connection *grpc.ClientConn

func expect(what string, actual, expected any) {
	if actual != expected {
		panic(fmt.Sprintf("%s: expected %v, got %v", what, expected, actual))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func expectStatus(err error, code codes.Code, text string) {
	expect(fmt.Sprintf("status of %v", err), status.Code(err), code)
	if text != "" {
		expect("message", status.Convert(err).Message(), text)
	}
}

func within(limit time.Duration) context.Context {
	// Its end releases it.
	ctx, _ := context.WithTimeout(context.Background(), limit)
	return ctx
}

func largeRequest() *dynamicpb.Message {
	return withPayload(message("SimpleRequest", `{"response_size":314159}`), 271828)
}

func outputRequest(size, payload, interval int) *dynamicpb.Message {
	json := fmt.Sprintf(`{"response_parameters":[{"size":%d,"interval_us":%d}]}`, size, interval)
	return withPayload(message("StreamingOutputCallRequest", json), payload)
}

func unaryCall(ctx context.Context, request *dynamicpb.Message, options ...grpc.CallOption) (*dynamicpb.Message, error) {
	response := empty("SimpleResponse")
	return response, connection.Invoke(ctx, service+"UnaryCall", request, response, options...)
}

func stream(ctx context.Context, method string, options ...grpc.CallOption) grpc.ClientStream {
	opened, err := connection.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: method != "StreamingInputCall"}, service+method, options...)
	must(err)
	return opened
}

func receive(from grpc.ClientStream) (int, error) {
	response := empty("StreamingOutputCallResponse")
	err := from.RecvMsg(response)
	return payloadSize(response), err
}

func emptyUnary() {
	must(connection.Invoke(within(20*time.Second), service+"EmptyCall", empty("Empty"), empty("Empty")))
}

func largeUnary() {
	response, err := unaryCall(within(20*time.Second), largeRequest())
	must(err)
	expect("size", payloadSize(response), 314159)
}

func clientCompressedUnary() {
	request := largeRequest()
	set(sub(request, "expect_compressed"), "value", trueValue)
	_, err := unaryCall(within(20*time.Second), request)
	expectStatus(err, codes.InvalidArgument, "")
	_, err = unaryCall(within(20*time.Second), request, grpc.UseCompressor(gzip.Name))
	must(err)
	set(sub(request, "expect_compressed"), "value", falseValue)
	_, err = unaryCall(within(20*time.Second), request)
	must(err)
}

func serverCompressedUnary() {
	request := largeRequest()
	for _, value := range []protoreflect.Value{trueValue, falseValue} {
		set(sub(request, "response_compressed"), "value", value)
		response, err := unaryCall(within(20*time.Second), request)
		must(err)
		expect("size", payloadSize(response), 314159)
	}
}

func clientStreaming() {
	call := stream(within(20*time.Second), "StreamingInputCall")
	for _, size := range []int{27182, 8, 1828, 45904} {
		must(call.SendMsg(withPayload(empty("StreamingInputCallRequest"), size)))
	}
	must(call.CloseSend())
	response := empty("StreamingInputCallResponse")
	must(call.RecvMsg(response))
	expect("size", get(response, "aggregated_payload_size").Int(), int64(74922))
}

func serverStreaming() {
	expectStream(`{"response_parameters":[{"size":31415},{"size":9},{"size":2653},{"size":58979}]}`, 31415, 9, 2653, 58979)
}

func serverCompressedStreaming() {
	expectStream(
		`{"response_parameters":[{"size":31415,"compressed":{"value":true}},{"size":92653,"compressed":{"value":false}}]}`, 31415, 92653)
}

func expectStream(request string, sizes ...int) {
	call := stream(within(20*time.Second), "StreamingOutputCall")
	must(call.SendMsg(message("StreamingOutputCallRequest", request)))
	must(call.CloseSend())
	for _, size := range sizes {
		got, err := receive(call)
		must(err)
		expect("size", got, size)
	}
	_, err := receive(call)
	expect("end", err, io.EOF)
}

func pingPong() {
	call := stream(within(20*time.Second), "FullDuplexCall")
	for _, step := range [][2]int{{31415, 27182}, {9, 8}, {2653, 1828}, {58979, 45904}} {
		must(call.SendMsg(outputRequest(step[0], step[1], 0)))
		got, err := receive(call)
		must(err)
		expect("size", got, step[0])
	}
	must(call.CloseSend())
	_, err := receive(call)
	expect("end", err, io.EOF)
}

func emptyStream() {
	call := stream(within(20*time.Second), "FullDuplexCall")
	must(call.CloseSend())
	_, err := receive(call)
	expect("end", err, io.EOF)
}

func timeoutOnSleepingServer() {
	// The call may be over before it is opened.
	call, err := connection.NewStream(
		within(time.Millisecond), &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, service+"FullDuplexCall")
	if err == nil {
		if err = call.SendMsg(outputRequest(31415, 27182, 2_000_000)); err == nil || errors.Is(err, io.EOF) {
			_, err = receive(call)
		}
	}
	expectStatus(err, codes.DeadlineExceeded, "")
}

func cancelAfterBegin() {
	ctx, cancel := context.WithCancel(within(20 * time.Second))
	call := stream(ctx, "StreamingInputCall")
	cancel()
	expectStatus(call.RecvMsg(empty("StreamingInputCallResponse")), codes.Canceled, "")
}

func cancelAfterFirstResponse() {
	ctx, cancel := context.WithCancel(within(20 * time.Second))
	call := stream(ctx, "FullDuplexCall")
	must(call.SendMsg(outputRequest(31415, 27182, 0)))
	_, err := receive(call)
	must(err)
	cancel()
	_, err = receive(call)
	expectStatus(err, codes.Canceled, "")
}

func statusCodeAndMessage() {
	_, err := unaryCall(within(20*time.Second), message("SimpleRequest", `{"response_status":{"code":2,"message":"test status message"}}`))
	expectStatus(err, codes.Unknown, "test status message")
	call := stream(within(20*time.Second), "FullDuplexCall")
	must(call.SendMsg(message("StreamingOutputCallRequest", `{"response_status":{"code":2,"message":"test status message"}}`)))
	must(call.CloseSend())
	_, err = receive(call)
	expectStatus(err, codes.Unknown, "test status message")
}

func specialStatusMessage() {
	_, err := unaryCall(within(20*time.Second), message(
		"SimpleRequest", `{"response_status":{"code":2,"message":"\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \ud83d\ude08\t\n"}}`))
	expectStatus(err, codes.Unknown, special)
}

func customMetadata() {
	// The library sends binary values without padding.
	sent := func() context.Context {
		return metadata.AppendToOutgoingContext(within(20*time.Second), initialKey, initialValue, trailingKey, "\xab\xab\xab\xab")
	}
	check := func(header, trailer metadata.MD) {
		expect("initial metadata", strings.Join(header.Get(initialKey), ","), initialValue)
		expect("trailing metadata", strings.Join(trailer.Get(trailingKey), ","), "\xab\xab\xab\xab")
	}
	var header, trailer metadata.MD
	_, err := unaryCall(sent(), largeRequest(), grpc.Header(&header), grpc.Trailer(&trailer))
	must(err)
	check(header, trailer)

	call := stream(sent(), "FullDuplexCall")
	must(call.SendMsg(outputRequest(314159, 271828, 0)))
	must(call.CloseSend())
	size, err := receive(call)
	must(err)
	expect("size", size, 314159)
	_, err = receive(call)
	expect("end", err, io.EOF)
	header, err = call.Header()
	must(err)
	check(header, call.Trailer())
}

func unimplementedMethod() {
	err := connection.Invoke(within(20*time.Second), service+"UnimplementedCall", empty("Empty"), empty("Empty"))
	expectStatus(err, codes.Unimplemented, "")
}

func unimplementedService() {
	err := connection.Invoke(
		within(20*time.Second), "/grpc.testing.UnimplementedService/UnimplementedCall", empty("Empty"), empty("Empty"))
	expectStatus(err, codes.Unimplemented, "")
}

var cases = map[string]func(){
	"empty_unary": emptyUnary, "large_unary": largeUnary, "client_compressed_unary": clientCompressedUnary,
	"server_compressed_unary": serverCompressedUnary, "client_streaming": clientStreaming, "server_streaming": serverStreaming,
	"server_compressed_streaming": serverCompressedStreaming,
	"ping_pong":                   pingPong, "empty_stream": emptyStream, "timeout_on_sleeping_server": timeoutOnSleepingServer,
	"cancel_after_begin": cancelAfterBegin, "cancel_after_first_response": cancelAfterFirstResponse,
	"status_code_and_message": statusCodeAndMessage, "special_status_message": specialStatusMessage, "custom_metadata": customMetadata,
	"unimplemented_method": unimplementedMethod, "unimplemented_service": unimplementedService,
}

// Every runner takes the next repetition until none is left; returns what went wrong, a line each.
func repeat(run func(), count int) string {
	var next atomic.Int64
	var lock sync.Mutex
	var failures strings.Builder
	var runners sync.WaitGroup
	once := func() {
		defer func() {
			if failure := recover(); failure != nil {
				lock.Lock()
				defer lock.Unlock()
				fmt.Fprintln(&failures, failure)
			}
		}()
		run()
	}
	for i := 0; i < parallel && i < count; i++ {
		runners.Add(1)
		go func() {
			defer runners.Done()
			for next.Add(1) <= int64(count) {
				once()
			}
		}()
	}
	runners.Wait()
	return failures.String()
}

func runCase(name string, count int) string {
	if run, known := cases[name]; known {
		return repeat(run, count)
	}
	return "there is no such case\n"
}

func call(target, names string, count int) error {
	var err error
	connection, err = grpc.NewClient(
		target, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1<<30)))
	if err != nil {
		return err
	}
	// A deadline is for the case: not for connecting.
	if failure := repeat(emptyUnary, 1); failure != "" {
		return errors.New(failure)
	}
	failed := false
	for _, name := range strings.Split(names, ",") {
		if failure := runCase(name, count); failure != "" {
			fmt.Printf("%s failed\n%s", name, failure)
			failed = true
		} else {
			fmt.Printf("%s ok\n", name)
		}
	}
	fmt.Println("done")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if failed {
		return errors.New("not all passed")
	}
	return nil
}
