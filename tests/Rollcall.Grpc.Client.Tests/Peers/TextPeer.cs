using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Rollcall.TestKit;
using Endpoint = Rollcall.Discovery.Endpoint;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>A gRPC server written by hand on bare Kestrel: a test says for each request what happens, down to frames and headers.</summary>
internal sealed class TextPeer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private TextPeer(WebApplication app, int port)
    {
        _app = app;
        Port = port;
        Address = $"http://127.0.0.1:{port}";
        Endpoint = new Endpoint($"peer-{port}", "127.0.0.1", port);
    }

    public int Port { get; }

    public string Address { get; }

    public Endpoint Endpoint { get; }

    /// <summary>Requests that have begun.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public static Task<TextPeer> StartAsync(RequestDelegate handler, int port = 0) =>
        StartAsync(handler, port, HttpProtocols.Http2, configure: null);

    public static async Task<TextPeer> StartAsync(
        RequestDelegate handler, int port, HttpProtocols protocols, Action<ListenOptions>? configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = protocols;
                configure?.Invoke(listen);
            });
        });
        builder.Services.Configure<HostOptions>(static o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        var app = builder.Build();
        TextPeer? peer = null;
        app.Run(context =>
        {
            Interlocked.Increment(ref peer!._requests);
            return handler(context);
        });
        await app.StartAsync().WithinAsync();
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        peer = new TextPeer(app, new Uri(bound).Port);
        return peer;
    }

    /// <summary>Answers every kind of call with what it was sent: each message as it comes, behind a prefix.</summary>
    public static RequestDelegate Echo(string prefix = "") => async context =>
    {
        Begin(context);
        await foreach (var message in ReadMessagesAsync(context))
        {
            await WriteMessageAsync(context, prefix + message);
        }

        End(context, 0);
    };

    /// <summary>Response headers of a gRPC answer; sent with the first message.</summary>
    public static void Begin(HttpContext context)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "application/grpc";
        }

        context.Features.Get<IHttpMinRequestBodyDataRateFeature>()!.MinDataRate = null;
    }

    /// <summary>The status, in trailers.</summary>
    public static void End(HttpContext context, int status, string? message = null)
    {
        context.Response.AppendTrailer("grpc-status", status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (message is not null)
        {
            context.Response.AppendTrailer("grpc-message", message);
        }
    }

    /// <summary>The status with the headers and no body.</summary>
    public static Task Refuse(HttpContext context, int status, string? message = null)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (message is not null)
        {
            context.Response.Headers["grpc-message"] = message;
        }

        return Task.CompletedTask;
    }

    public static void Reset(HttpContext context, int errorCode) => context.Features.Get<IHttpResetFeature>()!.Reset(errorCode);

    public static async Task WriteMessageAsync(HttpContext context, string message)
    {
        await context.Response.Body.WriteAsync(Frame(Encoding.UTF8.GetBytes(message)), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    public static byte[] Frame(ReadOnlySpan<byte> payload, byte flag = 0)
    {
        var frame = new byte[payload.Length + GrpcFraming.PrefixLength];
        GrpcFraming.WritePrefix(frame, payload.Length, compressed: false);
        frame[0] = flag;
        payload.CopyTo(frame.AsSpan(GrpcFraming.PrefixLength));
        return frame;
    }

    public static async Task<string?> ReadMessageAsync(HttpContext context)
    {
        await foreach (var message in ReadMessagesAsync(context))
        {
            return message;
        }

        return null;
    }

    public static async IAsyncEnumerable<string> ReadMessagesAsync(HttpContext context)
    {
        while (true)
        {
            var read = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
            var buffer = read.Buffer;
            while (GrpcFraming.TryReadFrame(ref buffer, int.MaxValue, out var frame) == GrpcFrameResult.Frame)
            {
                var text = Encoding.UTF8.GetString(frame.Payload);
                context.Request.BodyReader.AdvanceTo(buffer.Start);
                yield return text;
                read = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
                buffer = read.Buffer;
            }

            context.Request.BodyReader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                yield break;
            }
        }
    }

    /// <summary>Never answers; ends when the caller is gone.</summary>
    public static async Task Hang(HttpContext context)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = context.RequestAborted.Register(() => gone.TrySetResult());
        await gone.Task;
    }

    /// <summary>Cuts all connections and calls off, as the death of the process does.</summary>
    public Task KillAsync() => _app.StopAsync(new CancellationToken(canceled: true)).WithinAsync();

    /// <summary>Stops and lets what has begun end, however long it takes. Stopping in any other way breaks it off after a moment.</summary>
    public Task FinishAsync()
    {
        _app.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout = TimeSpan.FromMinutes(1);
        return _app.StopAsync(CancellationToken.None).WithinAsync(TimeSpan.FromMinutes(1));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None).WithinAsync();
        await _app.DisposeAsync();
    }
}
