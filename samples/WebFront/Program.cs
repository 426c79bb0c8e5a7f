// HTTP in, gRPC behind: a web app takes HTTP, calls a gRPC service by its name, and answers JSON.
//
//   dotnet run --project samples/WebFront                 asks for two prices and ends
//   dotnet run --project samples/WebFront -- serve        goes on: curl http://localhost:8080/prices/apple
//
// With CONSUL_HTTP_ADDR set it uses that Consul; without, it brings its own agent. PORT chooses another port than 8080 for the web app; the
// gRPC service takes a free one. Here both run in one process; nothing but the registry joins them.
using System.Globalization;
using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Grpc.Server;
using Rollcall.Grpc.Server.Health;
using Rollcall.Hosting;
using WebFront;

if (!ushort.TryParse(Environment.GetEnvironmentVariable("PORT") ?? "8080", CultureInfo.InvariantCulture, out var port) || port == 0)
{
    Console.Error.WriteLine("PORT must be a number from 1 to 65535: PORT=8081 dotnet run --project samples/WebFront");
    return 1;
}

var own = string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("CONSUL_HTTP_ADDR"));
await using var agent = own ? await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 }) : null;

await using var back = BuildBack();
await back.StartAsync();
await using var front = BuildFront();
try
{
    await front.StartAsync();
}
catch (IOException taken)
{
    Console.Error.WriteLine($"{taken.Message} Choose another port: PORT=8081 dotnet run --project samples/WebFront");
    return 1;
}

if (args is ["serve"])
{
    Console.WriteLine($"curl http://localhost:{port}/prices/apple");
    await front.WaitForShutdownAsync();

    // A signal stops the app that waits for it, and no other.
    await back.StopAsync();
    return 0;
}

using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
foreach (var item in new[] { "apple", "pear" })
{
    using var answer = await http.GetAsync(new Uri($"/prices/{item}", UriKind.Relative));
    Console.WriteLine($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
}

// Leaves the registry first, then waits for its callers.
await front.StopAsync();
await back.StopAsync();
return 0;

// The gRPC service: registers itself, and is checked.
WebApplication BuildBack()
{
    var builder = WebApplication.CreateBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
    builder.Services.AddGrpc();
    builder.Services.AddGrpcHealth();
    builder.Services.AddConsulClient(UseOwnAgent);
    builder.Services.AddServiceRegistration("prices", o => o.Checks.Grpc(every: TimeSpan.FromSeconds(1)));
    var app = builder.Build();
    app.MapGrpcService<PriceService>();
    app.MapGrpcHealthService();
    return app;
}

// The web app: knows the service's name, and gets its client injected.
WebApplication BuildFront()
{
    var builder = WebApplication.CreateBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
    builder.Services.AddConsulClient(UseOwnAgent);
    builder.Services.AddServiceDiscovery();
    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddGrpcClient<Prices.PricesClient>("consul:///prices?policy=round_robin");
    var app = builder.Build();
    app.MapGet("/prices/{item}", async (string item, Prices.PricesClient prices, TimeProvider clock, CancellationToken requestAborted) =>
    {
        // Waits for the first instance instead of failing while the service is still starting; gives up with its caller, or after 20 seconds.
        var options = new CallOptions(deadline: clock.GetUtcNow().UtcDateTime.AddSeconds(20), cancellationToken: requestAborted).WithWaitForReady();
        try
        {
            var price = await prices.GetPriceAsync(new PriceRequest { Item = item }, options);
            return Results.Ok(new { price.Item, price.Cents });
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return Results.NotFound(new { Error = e.Status.Detail });
        }
    });
    return app;
}

// The environment says the rest: the address of Consul, or several, and what it takes to be let in.
void UseOwnAgent(ConsulClientOptions options)
{
    if (agent is not null)
    {
        options.Address = agent.HttpAddress;
    }
}
