using Google.Protobuf.Reflection;
using Rollcall.Grpc.Dynamic;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Finds the method that a command line names, or says which there are.</summary>
internal static class MethodLookup
{
    /// <param name="peer">Where to look.</param>
    /// <param name="name"><c>package.Service/Method</c>; a slash in front, and a dot in place of the slash, are fine too.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommandFailure">There is no such method.</exception>
    public static async Task<(MessageCatalog Catalog, MethodDescriptor Method)> FindAsync(Peer peer, string name, CancellationToken cancellationToken)
    {
        var path = name.TrimStart('/');
        var separator = path.Contains('/', StringComparison.Ordinal) ? path.LastIndexOf('/') : path.LastIndexOf('.');
        if (separator <= 0 || separator == path.Length - 1)
        {
            throw new CommandFailure(
                $"'{name}' is no method: write SERVICE/METHOD, such as hello.HelloService/SayHello. '{peer.DescribeCommand}' lists the services.",
                ExitCode.Usage);
        }

        var (serviceName, methodName) = (path[..separator], path[(separator + 1)..]);
        var catalog = await peer.Definitions.LoadAsync(serviceName, cancellationToken);
        if (catalog?.FindService(serviceName) is not { } service)
        {
            var services = await peer.Definitions.ListServicesAsync(cancellationToken);
            if (services.Contains(path, StringComparer.Ordinal))
            {
                throw new CommandFailure($"{path} is a service: write its method, too. '{peer.DescribeCommand} {path}' lists them.", ExitCode.Usage);
            }

            if (services.Contains(serviceName, StringComparer.Ordinal))
            {
                throw Undefined(peer, serviceName);
            }

            throw new CommandFailure($"{peer.Target.Given} has no service '{serviceName}'. {Suggestion.For(serviceName, services, "services")}");
        }

        return service.FindMethodByName(methodName) is { } method
            ? (catalog, method)
            : throw new CommandFailure(
                $"{serviceName} has no method '{methodName}'. {Suggestion.For(methodName, [.. service.Methods.Select(static known => known.Name)], "methods")}");
    }

    /// <summary>The server lists a service, and its reflection doesn't know what it is.</summary>
    public static CommandFailure Undefined(Peer peer, string service) => new(
        $"{peer.Target.Given} lists the service {service} and gives no definition of it by reflection. "
        + "Give the definition by --proto-set FILE (protoc --include_imports --descriptor_set_out=FILE).");
}
