// Consul + gRPC: the server registers itself; the client knows nothing but the service's name.
//
//   dotnet run --project samples/HelloByName
//
// With CONSUL_HTTP_ADDR set it uses that Consul; without, it brings its own agent. The server takes a free port.
using Grpc.Core;
using HelloByName;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Server;
using Rollcall.Grpc.Server.Health;
using Rollcall.Hosting;

var own = string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("CONSUL_HTTP_ADDR"));
await using var agent = own ? await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 }) : null;

// The server.
var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Services.AddGrpc();
builder.Services.AddGrpcHealth();
builder.Services.AddConsulClient(UseOwnAgent);
builder.Services.AddServiceRegistration("hello", o => o.Checks.Grpc(every: TimeSpan.FromSeconds(1)));
await using var app = builder.Build();
app.MapGrpcService<GreetingService>();
app.MapGrpcHealthService();
await app.StartAsync();

// The client: waits for the first instance instead of failing while the service is still starting.
await using var channel = GrpcChannel.ForAddress("consul:///hello", new GrpcChannelOptions { ConfigureConsul = UseOwnAgent });
var client = new HelloService.HelloServiceClient(channel);
var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20)).WithWaitForReady();
var reply = await client.SayHelloAsync(new HelloRequest { Name = "Yu Gambler" }, options);
Console.WriteLine(reply.Message);

// Leaves the registry first, then waits for its callers.
await app.StopAsync();

// The environment says the rest: the address of Consul, or several, and what it takes to be let in.
void UseOwnAgent(ConsulClientOptions options)
{
    if (agent is not null)
    {
        options.Address = agent.HttpAddress;
    }
}
