// The test service and its cases by grpc-dotnet. Usage: server, or client PROTOCOL TARGET CASE[,CASE...] [COUNT].
// PROTOCOL is grpc, or one of PeerClient's kinds of gRPC-Web.
using Rollcall.Interop.Tests.Peers;

switch (args)
{
    case ["server"]:
        await PeerServer.RunAsync();
        return 0;
    case ["client", var protocol, var target, var names]:
        return await PeerClient.RunAsync(protocol, target, names.Split(','), 1);
    case ["client", var protocol, var target, var names, var count]:
        return await PeerClient.RunAsync(protocol, target, names.Split(','), int.Parse(count));
    default:
        Console.Error.WriteLine("usage: server, or client PROTOCOL TARGET CASE[,CASE...] [COUNT]");
        return 2;
}
