// Hello gRPC: a server on port 50051 and a client with a one-second deadline.
//
//   dotnet run --project samples/HelloGrpc                 both in one process, greets the world
//   dotnet run --project samples/HelloGrpc -- Yu           greets Yu
//   dotnet run --project samples/HelloGrpc -- server       only the server
//   dotnet run --project samples/HelloGrpc -- client Yu    only the client
//
// PORT chooses another port.
using System.Globalization;
using Grpc.Core;
using HelloGrpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Server;

if (!ushort.TryParse(Environment.GetEnvironmentVariable("PORT") ?? "50051", CultureInfo.InvariantCulture, out var port) || port == 0)
{
    Console.Error.WriteLine("PORT must be a number from 1 to 65535: PORT=50052 dotnet run --project samples/HelloGrpc");
    return 1;
}

try
{
    switch (args)
    {
        case ["server"]:
            await Server().RunAsync();
            break;
        case ["client", .. var name]:
            await GreetAsync(name);
            break;
        default:
            await using (var server = Server())
            {
                await server.StartAsync();
                await GreetAsync(args);
                await server.StopAsync();
            }

            break;
    }

    return 0;
}
catch (IOException taken)
{
    Console.Error.WriteLine($"{taken.Message} Choose another port: PORT=50052 dotnet run --project samples/HelloGrpc");
}
catch (RpcException failure)
{
    Console.Error.WriteLine($"{failure.StatusCode}: {failure.Status.Detail}");
}

return 1;

WebApplication Server()
{
    var builder = WebApplication.CreateBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.WebHost.ConfigureKestrel(o => o.ListenLocalhost(port));
    builder.Services.AddGrpc();
    var app = builder.Build();
    app.MapGrpcService<GreeterService>();
    return app;
}

async Task GreetAsync(string[] name)
{
    await using var channel = GrpcChannel.ForAddress($"http://localhost:{port}");
    var client = new Greeter.GreeterClient(channel);
    var reply = await client.SayHelloAsync(
        new HelloRequest { Name = name is [var first, ..] ? first : "world" },
        deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1));
    Console.WriteLine($"Greeting: {reply.Message}");
}
