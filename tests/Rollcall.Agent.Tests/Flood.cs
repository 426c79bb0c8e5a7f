using System.Net;
using System.Net.Sockets;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests;

/// <summary>A client that asks without waiting for answers, and reads these as fast as they come, until it is disposed.</summary>
internal sealed class Flood : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly Task _reading;
    private Task _sending = Task.CompletedTask;
    private long _read;
    private long _sent;

    private Flood(Socket socket)
    {
        _socket = socket;

        // Threads of its own: the pool belongs to the agent, which is what is tested.
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public static async Task<Flood> ConnectAsync(EndPoint server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server).WithinAsync();
        return new Flood(socket);
    }

    /// <summary>Sends once.</summary>
    public Task SendAsync(byte[] question) => _socket.SendAsync(question).WithinAsync();

    /// <summary>Sends without end from now on.</summary>
    /// <param name="question">If it takes much longer than its answer is long, there always is one more for the server.</param>
    public void Start(byte[] question)
    {
        byte[] many = [.. Enumerable.Repeat(question, 1 + (100_000 / question.Length)).SelectMany(static bytes => bytes)];
        _sending = Task.Factory.StartNew(() => Send(many), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Completes when something was answered.</summary>
    public Task AnsweredAsync() => Eventually.TrueAsync(() => Volatile.Read(ref _read) > 0);

    /// <summary>Completes when more has been sent than is read at once.</summary>
    public Task SentAsync() => Eventually.TrueAsync(() => Volatile.Read(ref _sent) > 300_000);

    /// <summary>Completes when it is under way: much was answered since the call.</summary>
    public Task RunsAsync()
    {
        var before = Volatile.Read(ref _read);
        return Eventually.TrueAsync(() => Volatile.Read(ref _read) > before + 10_000, TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        // Ends the calls of both threads, which closing alone would not.
        _socket.Shutdown(SocketShutdown.Both);
        _socket.Close();
        await Task.WhenAll(_sending, _reading).WithinAsync();
    }

    private void Send(byte[] bytes)
    {
        try
        {
            while (true)
            {
                Volatile.Write(ref _sent, _sent + _socket.Send(bytes));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Read()
    {
        var buffer = new byte[1 << 18];
        try
        {
            while (_socket.Receive(buffer) is var count and > 0)
            {
                Volatile.Write(ref _read, _read + count);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The same.
        }
    }
}
