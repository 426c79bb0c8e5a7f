using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Conformance.Tests.Dns;

/// <summary>A DNS server by UDP that knows a few names, and is silent about names that begin with <c>silent</c>.</summary>
internal sealed class HostServer : IDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly Dictionary<string, (DnsResponseCode Code, DnsRecord[] Records)> _names;

    public HostServer(Dictionary<string, (DnsResponseCode Code, DnsRecord[] Records)> names)
    {
        _names = names;
        _ = AnswerAsync();
    }

    public string Address => _socket.Client.LocalEndPoint!.ToString()!;

    /// <summary>What it was asked: <c>NAME TYPE</c>, and <c>edns</c> where there was any.</summary>
    public ConcurrentBag<string> Asked { get; } = [];

    public void Dispose() => _socket.Dispose();

    private async Task AnswerAsync()
    {
        var buffer = new byte[ushort.MaxValue];
        while (true)
        {
            try
            {
                var received = await _socket.ReceiveAsync();
                if (DnsMessage.TryParse(received.Buffer, out var question) != DnsFault.None)
                {
                    continue;
                }

                var (name, type) = (question!.Questions[0].Name, question.Questions[0].Type);
                Asked.Add($"{name} {type}{(question.Edns is null ? "" : " edns")}");
                if (name.StartsWith("silent", StringComparison.Ordinal))
                {
                    continue;
                }

                var (code, records) = _names.GetValueOrDefault(name, (DnsResponseCode.NameError, []));
                var length = new DnsMessage
                {
                    Header = new DnsHeader(question.Header.Id, 0) { IsResponse = true, ResponseCode = code, Truncated = name.StartsWith("cut", StringComparison.Ordinal) },
                    Questions = question.Questions,
                    Answers = records,
                }.Write(buffer);
                await _socket.SendAsync(buffer.AsMemory(0, length), received.RemoteEndPoint);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }
}
