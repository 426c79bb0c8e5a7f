using Rollcall.TestKit;

namespace Rollcall.Interop.Tests.Peers;

/// <summary>The foreign servers of a test class, each started when first asked for.</summary>
public sealed class PeerServers : IAsyncLifetime
{
    private readonly Lazy<Task<(ChildProcess Process, string Target)>> _python = new(ForeignPeer.Python.StartServerAsync);
    private readonly Lazy<Task<(ChildProcess Process, string Target)>> _node = new(ForeignPeer.Node.StartServerAsync);

    public async Task<string> PythonAsync() => (await _python.Value).Target;

    public async Task<string> NodeAsync() => (await _node.Value).Target;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in new[] { _python, _node }.Where(s => s.IsValueCreated && s.Value.IsCompletedSuccessfully))
        {
            await (await server.Value).Process.DisposeAsync();
        }
    }
}
