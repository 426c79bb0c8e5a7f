using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>What a protocol that reads and writes messages itself has to know of a method. Immutable.</summary>
/// <param name="Request">The request message.</param>
/// <param name="Response">The response message.</param>
/// <param name="Descriptor">The method with its options, or null when nothing that was generated tells of the service.</param>
internal sealed record ProtobufMethod(MessageDescriptor Request, MessageDescriptor Response, MethodDescriptor? Descriptor)
{
    /// <summary>The files of the method and its messages: what an Any in a message may hold comes from these and their imports.</summary>
    public IReadOnlyList<FileDescriptor> Files => Descriptor is null ? [Request.File, Response.File] : [Request.File, Response.File, Descriptor.File];

    /// <summary>True when the method declares that it changes nothing, so that a GET may call it.</summary>
    public bool HasNoSideEffects =>
        Descriptor?.GetOptions() is { IdempotencyLevel: MethodOptions.Types.IdempotencyLevel.NoSideEffects };

    /// <summary>Null when the messages are not those that protoc generates; such a method speaks gRPC only.</summary>
    /// <param name="method">The method.</param>
    /// <param name="requestType">Class of the request.</param>
    /// <param name="responseType">Class of the response.</param>
    /// <param name="serviceType">The class that serves it.</param>
    public static ProtobufMethod? Find(IMethod method, Type requestType, Type responseType, Type serviceType)
    {
        if (GetDescriptor(requestType) is not { } request || GetDescriptor(responseType) is not { } response)
        {
            return null;
        }

        var service = ServiceDescriptorLocator.Find(serviceType, method.ServiceName)
            ?? FindService(method.ServiceName, request.File)
            ?? FindService(method.ServiceName, response.File);
        return new ProtobufMethod(request, response, service?.FindMethodByName(method.Name));
    }

    // The static property that generated messages have.
    private static MessageDescriptor? GetDescriptor(Type type) =>
        type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as MessageDescriptor;

    private static ServiceDescriptor? FindService(string fullName, FileDescriptor file) =>
        file.Services.FirstOrDefault(service => service.FullName == fullName);
}
