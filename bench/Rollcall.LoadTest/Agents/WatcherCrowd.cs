using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Rollcall.LoadTest.Agents;

/// <summary>Many blocking queries on one service, each on a connection of its own, over bare sockets: the agent is what is measured.</summary>
internal sealed class WatcherCrowd : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly List<Socket> _sockets = [];
    private readonly AgentUnderLoad _agent;
    private readonly string _service;

    private WatcherCrowd(AgentUnderLoad agent, string service) => (_agent, _service) = (agent, service);

    public static async Task<WatcherCrowd> ConnectAsync(AgentUnderLoad agent, string service, int count)
    {
        var crowd = new WatcherCrowd(agent, service);
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            crowd._sockets.Add(socket);
            await socket.ConnectAsync(agent.EndPoint);
        }

        return crowd;
    }

    /// <summary>Lets all wait, changes the service, and says how long it took until the last had its whole answer.</summary>
    public async Task<TimeSpan> ChangeAsync(byte[] registration)
    {
        var answers = await WaitAsync();
        var start = Stopwatch.GetTimestamp();
        await _agent.SendAsync(HttpMethod.Put, "agent/service/register", registration);
        await Task.WhenAll(answers).WaitAsync(s_patience);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Sends each query; the tasks complete with its answer.</summary>
    public async Task<IReadOnlyList<Task>> WaitAsync()
    {
        using var now = await _agent.Http.GetAsync($"health/service/{_service}");
        var index = now.Headers.GetValues("X-Consul-Index").Single();
        var query = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"GET /v1/health/service/{_service}?index={index}&wait=9m HTTP/1.1\r\nHost: bench\r\n\r\n"));
        var answers = new List<Task>();
        foreach (var socket in _sockets)
        {
            await socket.SendAsync(query);
            answers.Add(ReadAnswerAsync(socket));
        }

        // The agent has read all when it answers one that came after them.
        await _agent.SendAsync(HttpMethod.Get, "status/leader");
        return answers;
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private static async Task ReadAnswerAsync(Socket socket)
    {
        var buffer = new byte[32 * 1024];
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length));
            length += read > 0 ? read : throw new IOException("The agent closed a watcher's connection.");
            if (IsWhole(buffer.AsSpan(0, length)))
            {
                return;
            }
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var headers = Encoding.ASCII.GetString(answer[..end]);
        var at = headers.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            // Chunked.
            return answer.EndsWith("0\r\n\r\n"u8);
        }

        var text = headers.AsSpan(at + 16);
        var line = text.IndexOf('\r');
        return answer.Length - end - 4 >= int.Parse(line < 0 ? text : text[..line], CultureInfo.InvariantCulture);
    }
}
