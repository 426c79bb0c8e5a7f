using System.Net;
using System.Text;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Programs;

/// <summary>An HTTP server that answers with its name.</summary>
internal sealed class NamedServer : IDisposable
{
    private readonly HttpListener _listener = new();

    public NamedServer(string name)
    {
        (Name, Port) = (name, FreePort.Next());
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Name { get; }

    public int Port { get; }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                context.Response.Close(Encoding.UTF8.GetBytes(Name), willBlock: false);
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                if (!_listener.IsListening)
                {
                    return;
                }
            }
        }
    }
}
