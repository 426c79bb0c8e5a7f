using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests;

/// <summary>Refuses every request and remembers the token that the first one carried.</summary>
internal sealed class TokenPeer : IAsyncDisposable
{
    private readonly TaskCompletionSource<string> _token = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _app;

    private TokenPeer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(context =>
        {
            _token.TrySetResult(context.Request.Headers["X-Consul-Token"].ToString());
            context.Response.StatusCode = 403;
            return Task.CompletedTask;
        });
    }

    public Uri Address => new(_app.Urls.Single());

    public Task<string> Token => _token.Task;

    public static async Task<TokenPeer> StartAsync()
    {
        var peer = new TokenPeer();
        await peer._app.StartAsync().WithinAsync();
        return peer;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
