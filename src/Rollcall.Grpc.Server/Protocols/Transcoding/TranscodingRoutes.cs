using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Maps the HTTP routes that google.api.http gives to methods.</summary>
internal static partial class TranscodingRoutes
{
    // Who has the paths of gRPC. Those of two methods are for gRPC to tell apart.
    private const string GrpcOwner = "gRPC";

    /// <summary>Keeps the path that a method has in gRPC from all rules, its own included: a call there would find two endpoints.</summary>
    /// <exception cref="InvalidOperationException">A rule has it already; the message names the method of the rule.</exception>
    public static void ClaimGrpcPath(IEndpointRouteBuilder endpoints, MappedServices mapped, MethodEndpoint endpoint)
    {
        foreach (var httpMethod in endpoint.HttpMethods)
        {
            if (mapped.ClaimRoute(endpoints.DataSources, $"{httpMethod} {PathTemplateRoute.GetShape(endpoint.Method)}", GrpcOwner) is { } owner)
            {
                throw AtGrpcPath(owner, $"{httpMethod} {endpoint.Method.FullName}");
            }
        }
    }

    /// <summary>Maps the routes of one method, if it has a rule.</summary>
    /// <exception cref="InvalidOperationException">The rule can't be served; the message names the method and the fault.</exception>
    public static IEnumerable<IEndpointConventionBuilder> Map(
        IEndpointRouteBuilder endpoints, MappedServices mapped, MethodEndpoint endpoint, IReadOnlyList<object> metadata)
    {
        if (!endpoint.Handler.Settings.EnableJsonTranscoding
            || endpoint.Protobuf is not { Descriptor: { } descriptor } protobuf
            || HttpRuleReader.Find(descriptor) is not { } rule)
        {
            return [];
        }

        if (descriptor.IsClientStreaming)
        {
            Log.ClientStreamingSkipped(endpoint.Handler.Settings.Logger, descriptor.FullName);
            return [];
        }

        var json = new MessageJson(protobuf.Files, writesDefaults: true);
        return TranscodingBindingFactory.Create(descriptor, rule)
            .Select(binding => MapOne(endpoints, mapped, descriptor, binding, new TranscodingEndpoint(endpoint.Handler, protobuf, binding, json), metadata))
            .ToList();
    }

    private static IEndpointConventionBuilder MapOne(
        IEndpointRouteBuilder endpoints,
        MappedServices mapped,
        MethodDescriptor method,
        TranscodingBinding binding,
        TranscodingEndpoint endpoint,
        IReadOnlyList<object> metadata)
    {
        if (mapped.ClaimRoute(endpoints.DataSources, binding.Route, method.FullName) is { } owner)
        {
            throw owner == GrpcOwner
                ? AtGrpcPath(method.FullName, binding.Text)
                : TranscodingBindingFactory.Fault(method, $"{owner} has the route '{binding.Text}' already");
        }

        var builder = endpoints
            .Map(PathTemplateRoute.Create(binding.Template), method.IsServerStreaming ? endpoint.HandleStreamAsync : endpoint.HandleUnaryAsync)
            .WithDisplayName($"gRPC - {binding.Text} - {method.FullName}")
            .WithMetadata([.. metadata]);
        return binding.HttpMethod is { } httpMethod ? builder.WithMetadata(new HttpMethodMetadata([httpMethod])) : builder;
    }

    private static InvalidOperationException AtGrpcPath(string methodName, string route) => TranscodingBindingFactory.Fault(
        methodName,
        $"gRPC has the route '{route}' already, where a unary method answers JSON without a rule; give the rule another path, or set EnableJsonTranscoding = false");

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Warning, "The google.api.http rule of {Method} is not served: a stream of requests has no form in plain HTTP.")]
        public static partial void ClientStreamingSkipped(ILogger logger, string method);
    }
}
