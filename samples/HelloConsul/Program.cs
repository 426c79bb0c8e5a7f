// Hello Consul: a web service that registers itself, is checked, and is found and called by its name.
//
//   dotnet run --project samples/HelloConsul
//
// With CONSUL_HTTP_ADDR set it uses that Consul; without, it brings its own agent. PORT chooses another port than 8080.
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Hosting;

var own = string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("CONSUL_HTTP_ADDR"));
await using var agent = own ? await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 }) : null;
if (!ushort.TryParse(Environment.GetEnvironmentVariable("PORT") ?? "8080", CultureInfo.InvariantCulture, out var port) || port == 0)
{
    Console.Error.WriteLine("PORT must be a number from 1 to 65535: PORT=8081 dotnet run --project samples/HelloConsul");
    return 1;
}

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
builder.Services.AddConsulClient(UseOwnAgent);
builder.Services.AddServiceRegistration("demo", o => o.Checks.Http("/health", every: TimeSpan.FromSeconds(1)));
builder.Services.AddServiceDiscovery();
builder.Services.AddHttpClient("demo").AddServiceDiscovery();

await using var app = builder.Build();
app.MapGet("/", () => "Hello World!");
app.MapGet("/health", () => "ok");
try
{
    await app.StartAsync();
}
catch (IOException taken)
{
    Console.Error.WriteLine($"{taken.Message} Choose another port: PORT=8081 dotnet run --project samples/HelloConsul");
    return 1;
}

// Found as soon as its first check has passed.
var client = app.Services.GetRequiredService<ConsulClient>();
using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
await foreach (var answer in client.Health.WatchServiceAsync("demo", new InstanceQuery { PassingOnly = true }, cancellationToken: patience.Token))
{
    if (answer.Value is [var instance, ..])
    {
        Console.WriteLine($"Discovered {instance.Service.Id} at {instance.Service.Address}:{instance.Service.Port}");
        break;
    }
}

var http = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("demo");
Console.WriteLine(await http.GetStringAsync(new Uri("http://demo/")));

// Leaves the registry first, then waits for its callers.
await app.StopAsync();
return 0;

// The environment says the rest: the address of Consul, or several, and what it takes to be let in.
void UseOwnAgent(ConsulClientOptions options)
{
    if (agent is not null)
    {
        options.Address = agent.HttpAddress;
    }
}
