using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rollcall.Cli.Commands.Calls.Protocol;
using Rollcall.Cli.Tests.Protos;
using RpcStatus = Rollcall.Cli.Commands.Calls.Protocol.Status;
using Status = Grpc.Core.Status;

namespace Rollcall.Cli.Tests.Commands.Calls;

internal sealed class ChatService(ChatCalls calls) : Chat.ChatBase
{
    public override async Task<Line> Say(Line request, ServerCallContext context)
    {
        calls.Add(context);
        await context.WriteResponseHeadersAsync(new Metadata { { "seen", context.RequestHeaders.GetValue("x-text") ?? "nothing" } });
        context.ResponseTrailers.Add("t-bin", context.RequestHeaders.GetValueBytes("x-bin") ?? []);
        return request;
    }

    public override async Task Count(Line request, IServerStreamWriter<Line> responseStream, ServerCallContext context)
    {
        for (var i = 1; i <= request.Count; i++)
        {
            await responseStream.WriteAsync(new Line { Text = request.Text, Count = i });
        }
    }

    public override async Task<Line> Join(IAsyncStreamReader<Line> requestStream, ServerCallContext context)
    {
        var texts = await requestStream.ReadAllAsync(context.CancellationToken).Select(line => line.Text).ToListAsync(context.CancellationToken);
        return new Line { Text = string.Join(',', texts), Count = texts.Count };
    }

    public override async Task Talk(IAsyncStreamReader<Line> requestStream, IServerStreamWriter<Line> responseStream, ServerCallContext context)
    {
        await foreach (var line in requestStream.ReadAllAsync(context.CancellationToken))
        {
            if (line.Text == "enough")
            {
                throw new RpcException(new Status(StatusCode.ResourceExhausted, "enough is enough"));
            }

            await responseStream.WriteAsync(line);
        }
    }

    public override Task<Line> Fail(Line request, ServerCallContext context)
    {
        var status = new RpcStatus
        {
            Code = (int)StatusCode.NotFound,
            Message = "no such line",
            Details =
            {
                Any.Pack(new ErrorInfo { Reason = "GONE", Metadata = { ["line"] = "7" } }),
                Any.Pack(new Line { Text = "of the server's own" }),
            },
        };
        throw new RpcException(
            new Status(StatusCode.NotFound, "no such line\u001b[2J"), new Metadata { { "grpc-status-details-bin", status.ToByteArray() } });
    }

    public override async Task Wait(Line request, IServerStreamWriter<Line> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(new Line { Text = "waiting" });
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = context.CancellationToken.Register(gone.SetResult);
        await gone.Task;
        calls.Cancelled.TrySetResult();
    }
}
