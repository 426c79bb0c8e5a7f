// Shared turns: ten processes that call a service a few times each, first each with a round robin of its own, then with one that they share.
//
//   dotnet run --project samples/SharedTurns [POLICY…]
//
// With CONSUL_HTTP_ADDR set it uses that Consul; without, it brings its own agent.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Consul;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Http;

const int Instances = 5;
const int Callers = 10;
const int CallsOfEach = 6;

if (args is ["caller", var name])
{
    return await CallAsync(name);
}

var policies = args.Length > 0 ? args : ["round_robin", "shared_round_robin"];
if (Array.Find(policies, static policy => !BalancingPolicies.IsKnown(policy)) is { } unknown)
{
    Console.Error.WriteLine($"There is no balancing policy '{unknown}'. Use one of: {string.Join(", ", BalancingPolicies.Names)}");
    return 1;
}

var own = string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("CONSUL_HTTP_ADDR"));
await using var agent = own ? await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 }) : null;
var options = new ConsulClientOptions();
if (agent is not null)
{
    options.Address = agent.HttpAddress;
}

using var consul = new ConsulClient(options);
var answered = new ConcurrentDictionary<int, int>();
await using var app = await ServeAsync();
var ports = app.Urls.Select(url => new Uri(url).Port).Order().ToArray();
try
{
    foreach (var port in ports)
    {
        await consul.Agent.RegisterAsync(new ServiceRegistration { Name = "turns", Id = $"turns-{port}", Address = "127.0.0.1", Port = port, Check = Check() });
    }

    foreach (var policy in policies)
    {
        answered.Clear();
        if (!await RunCallersAsync(policy))
        {
            return 1;
        }

        Console.WriteLine($"{policy,-18}  {string.Join("  ", ports.Select(port => string.Create(CultureInfo.InvariantCulture, $"{answered.GetValueOrDefault(port),3}")))}");
    }
}
finally
{
    foreach (var port in ports)
    {
        await consul.Agent.DeregisterAsync($"turns-{port}");
    }
}

return 0;

// Nobody renews it: if this process is killed, Consul removes the instances.
static CheckDefinition Check() => new() { Ttl = "2m", Status = "passing", DeregisterCriticalServiceAfter = "1m" };

// The instances: one server with a port for each. Only turns are counted.
async Task<WebApplication> ServeAsync()
{
    var builder = WebApplication.CreateBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.WebHost.UseUrls([.. Enumerable.Repeat("http://127.0.0.1:0", Instances)]);
    var server = builder.Build();
    server.MapGet("/", () => "ready");
    server.MapPost("/turn", context =>
    {
        answered.AddOrUpdate(context.Connection.LocalPort, 1, static (_, count) => count + 1);
        return Task.CompletedTask;
    });
    await server.StartAsync();
    return server;
}

// False: a caller has failed, and said why.
async Task<bool> RunCallersAsync(string policy)
{
    var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
    foreach (var argument in (string[])(Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : []))
    {
        start.ArgumentList.Add(argument);
    }

    start.ArgumentList.Add("caller");
    start.ArgumentList.Add(policy);
    if (agent is not null)
    {
        start.Environment["CONSUL_HTTP_ADDR"] = agent.HttpAddress.ToString();
    }

    var callers = Enumerable.Range(0, Callers).Select(_ => Process.Start(start)!).ToList();
    foreach (var caller in callers)
    {
        await caller.StandardOutput.ReadLineAsync();
    }

    // Now that each of them knows the instances, all begin.
    callers.ForEach(static caller => caller.StandardInput.Close());
    var succeeded = true;
    foreach (var caller in callers)
    {
        await caller.WaitForExitAsync();
        succeeded &= caller.ExitCode == 0;
        caller.Dispose();
    }

    return succeeded;
}

// A caller, as a process of its own: a handler with the policy is all it needs to take part.
static async Task<int> CallAsync(string policy)
{
    using var client = new ConsulClient();
    await using var directory = new EndpointDirectory(new ConsulEndpointSource(client), sequences: new ConsulSequences(client));
    using var http = new HttpClient(new DiscoveryHandler(directory, new DiscoveryHandlerOptions { Policy = BalancingPolicies.Find(policy) }));

    // The first call is made before the first numbers are there: no call waits for them. This caller does, to be able to count.
    await using var events = directory.Events.ReadAllAsync().GetAsyncEnumerator();
    var next = events.MoveNextAsync();
    await http.GetStringAsync(new Uri("http://turns/"));
    while (policy == "shared_round_robin" && await next && events.Current is not SequenceChanged { Fault: null })
    {
        if (events.Current is SequenceChanged { Fault: { } why })
        {
            // A service would go on round robin by itself, and take part as soon as it can. Here that is what is to be shown.
            Console.Error.WriteLine($"No part in the shared sequence: {why}");
            return 1;
        }

        next = events.MoveNextAsync();
    }

    Console.WriteLine("ready");
    await Console.In.ReadToEndAsync();
    for (var call = 0; call < CallsOfEach; call++)
    {
        using var response = await http.PostAsync(new Uri("http://turns/turn"), null);
        response.EnsureSuccessStatusCode();
    }

    return 0;
}
