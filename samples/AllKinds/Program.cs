// All four kinds of calls, over TLS, with bearer tokens, interceptors on both sides, deadlines and error details.
//
//   dotnet run --project samples/AllKinds
//
// Server and client are in one process; the server takes a free port.
using System.Globalization;
using System.Net;
using AllKinds;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Server;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
using var certificate = SelfSigned.Create();

// The server: TLS, tokens that are checked before a handler runs, a policy, an interceptor.
var counting = new CountingInterceptor();
var builder = WebApplication.CreateBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0, listen =>
{
    listen.Protocols = HttpProtocols.Http2;
    listen.UseHttps(certificate);
}));
builder.Services.AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken();
builder.Services.AddAuthorization(o => o.AddPolicy("stations", policy => policy.RequireRole("station")));
builder.Services.AddSingleton<Station>();
builder.Services.AddSingleton<Tokens>();
builder.Services.AddGrpc(o => o.Interceptors.Add(counting));
await using var app = builder.Build();
app.MapGrpcService<WeatherService>();
await app.StartAsync();

// The client: trusts that one certificate, sends the token with every call once it has one, gives every call ten seconds.
string? token = null;
var tokens = CallCredentials.FromInterceptor((_, metadata) =>
{
    if (token is not null)
    {
        metadata.Add("authorization", $"Bearer {token}");
    }

    return Task.CompletedTask;
});
await using var channel = GrpcChannel.ForAddress(app.Urls.Single(), new GrpcChannelOptions
{
    Credentials = ChannelCredentials.Create(new SslCredentials(certificate.ExportCertificatePem()), tokens),
});
var client = new Weather.WeatherClient(channel.Intercept(new DeadlineInterceptor(TimeSpan.FromSeconds(10))));

Console.WriteLine($"Nobody records: {await StatusOfAsync(() => RecordAsync(20))}");

// Unary.
token = (await client.LogInAsync(new LogInRequest { Name = "Ada" })).Token;
Console.WriteLine($"Ada records: {await StatusOfAsync(() => RecordAsync(20))}");
token = (await client.LogInAsync(new LogInRequest { Name = "station 7" })).Token;

// Client streaming.
var summary = await RecordAsync(19.5, 21, 24);
Console.WriteLine($"Station 7 recorded {summary.Readings} readings, {summary.Average} on average.");

// Server streaming.
using (var follow = client.Follow(new FollowRequest { Readings = 3 }))
{
    await foreach (var reading in follow.ResponseStream.ReadAllAsync())
    {
        Console.WriteLine($"Read {reading.Celsius}.");
    }
}

// Both ways: an answer to each question before the next one is asked.
using (var ask = client.Ask())
{
    foreach (var text in new[] { "warmest", "coldest" })
    {
        await ask.RequestStream.WriteAsync(new Question { Text = text });
        await ask.ResponseStream.MoveNext();
        Console.WriteLine(ask.ResponseStream.Current.Text);
    }

    await ask.RequestStream.CompleteAsync();
}

// An error with its details.
try
{
    await RecordAsync(20, -300);
}
catch (RpcException e) when (e.Trailers.GetValueBytes(WeatherService.FaultKey) is { } bytes)
{
    var fault = Fault.Parser.ParseFrom(bytes);
    Console.WriteLine($"{e.StatusCode}: {e.Status.Detail} '{fault.Field}' must be {fault.Rule}.");
}

Console.WriteLine($"Handlers ran {counting.Calls} times: the refused calls met none.");

// A deadline of its own: the fourth reading never comes.
var soon = TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(500);
using (var late = client.Follow(new FollowRequest { Readings = 4 }, deadline: soon))
{
    Console.WriteLine($"Waiting for more: {await StatusOfAsync(async () => { await foreach (var _ in late.ResponseStream.ReadAllAsync()) { } })}");
}

await app.StopAsync();

async Task<Summary> RecordAsync(params double[] readings)
{
    using var record = client.Record();
    try
    {
        foreach (var celsius in readings)
        {
            await record.RequestStream.WriteAsync(new Reading { Celsius = celsius });
        }

        await record.RequestStream.CompleteAsync();
    }
    catch (RpcException)
    {
        // The server has ended the call early; the response says why.
    }

    return await record;
}

static async Task<StatusCode> StatusOfAsync(Func<Task> call)
{
    try
    {
        await call();
        return StatusCode.OK;
    }
    catch (RpcException e)
    {
        return e.StatusCode;
    }
}
