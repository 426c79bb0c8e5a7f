using Grpc.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>What the service under test does; a test replaces what it needs. Echoes by default.</summary>
internal sealed class EchoBehavior
{
    public UnaryServerMethod<EchoRequest, EchoReply> Unary { get; set; } = (request, _) => Task.FromResult(Reply(request));

    public ClientStreamingServerMethod<EchoRequest, EchoReply> ClientStream { get; set; } = async (requests, _) =>
    {
        var texts = new List<string>();
        await foreach (var request in requests.ReadAllAsync())
        {
            texts.Add(request.Text);
        }

        return new EchoReply { Text = string.Join(',', texts) };
    };

    public ServerStreamingServerMethod<EchoRequest, EchoReply> ServerStream { get; set; } = async (request, responses, _) =>
    {
        for (var i = 0; i < request.Count; i++)
        {
            await responses.WriteAsync(Reply(request)); } };

    public DuplexStreamingServerMethod<EchoRequest, EchoReply> Duplex { get; set; } = async (requests, responses, _) =>
    {
        await foreach (var request in requests.ReadAllAsync())
        {
            await responses.WriteAsync(Reply(request)); } };

    public static EchoReply Reply(EchoRequest request) => new() { Text = request.Text, Payload = request.Payload };
}
