package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

func echoMetadata(ctx context.Context) {
	received, _ := metadata.FromIncomingContext(ctx)
	if values := received.Get(initialKey); len(values) > 0 {
		_ = grpc.SetHeader(ctx, metadata.Pairs(initialKey, values[0]))
	}
	if values := received.Get(trailingKey); len(values) > 0 {
		_ = grpc.SetTrailer(ctx, metadata.Pairs(trailingKey, values[0]))
	}
}

func askedStatus(request protoreflect.Message) error {
	if code := get(request, "response_status.code").Int(); code != 0 {
		return status.Error(codes.Code(code), get(request, "response_status.message").String())
	}
	return nil
}

func respond(stream grpc.ServerStream, request *dynamicpb.Message) error {
	if err := askedStatus(request); err != nil {
		return err
	}
	parameters := get(request, "response_parameters").List()
	for i := 0; i < parameters.Len(); i++ {
		one := parameters.Get(i).Message()
		if interval := get(one, "interval_us").Int(); interval > 0 {
			select {
			case <-time.After(time.Duration(interval) * time.Microsecond):
			case <-stream.Context().Done():
				return stream.Context().Err()
			}
		}
		if err := stream.SendMsg(withPayload(empty("StreamingOutputCallResponse"), int(get(one, "size").Int()))); err != nil {
			return err
		}
	}
	return nil
}

// Does something with each request until there is none left.
func each(stream grpc.ServerStream, name string, do func(*dynamicpb.Message) error) error {
	for {
		request := empty(name)
		if err := stream.RecvMsg(request); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := do(request); err != nil {
			return err
		}
	}
}

func streamingOutputCall(_ any, stream grpc.ServerStream) error {
	echoMetadata(stream.Context())
	request := empty("StreamingOutputCallRequest")
	if err := stream.RecvMsg(request); err != nil {
		return err
	}
	return respond(stream, request)
}

func streamingInputCall(_ any, stream grpc.ServerStream) error {
	echoMetadata(stream.Context())
	size := 0
	if err := each(stream, "StreamingInputCallRequest", func(m *dynamicpb.Message) error { size += payloadSize(m); return nil }); err != nil {
		return err
	}
	return stream.SendMsg(message("StreamingInputCallResponse", fmt.Sprintf(`{"aggregated_payload_size":%d}`, size)))
}

func fullDuplexCall(_ any, stream grpc.ServerStream) error {
	echoMetadata(stream.Context())
	return each(stream, "StreamingOutputCallRequest", func(m *dynamicpb.Message) error { return respond(stream, m) })
}

func unary(name, request string, do func(*dynamicpb.Message) (any, error)) grpc.MethodDesc {
	return grpc.MethodDesc{MethodName: name, Handler: func(
		_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		m := empty(request)
		if err := decode(m); err != nil {
			return nil, err
		}
		echoMetadata(ctx)
		return do(m)
	}}
}

func serve() error {
	server := grpc.NewServer(grpc.MaxRecvMsgSize(1 << 30))
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "grpc.testing.TestService",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			unary("EmptyCall", "Empty", func(*dynamicpb.Message) (any, error) { return empty("Empty"), nil }),
			unary("UnaryCall", "SimpleRequest", func(m *dynamicpb.Message) (any, error) {
				return withPayload(empty("SimpleResponse"), int(get(m, "response_size").Int())), askedStatus(m)
			}),
		},
		Streams: []grpc.StreamDesc{
			{StreamName: "StreamingOutputCall", Handler: streamingOutputCall, ServerStreams: true},
			{StreamName: "StreamingInputCall", Handler: streamingInputCall, ClientStreams: true},
			{StreamName: "FullDuplexCall", Handler: fullDuplexCall, ServerStreams: true, ClientStreams: true},
		},
	}, struct{}{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return server.Serve(listener)
}
