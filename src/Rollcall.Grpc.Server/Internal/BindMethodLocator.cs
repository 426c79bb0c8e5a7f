using System.Reflection;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Calls the bind method that the generated base class of a service names.</summary>
internal static class BindMethodLocator
{
    public static void Bind(Type serviceType, ServiceBinderBase binder)
    {
        var method = FindAttribute(serviceType) is var (attribute, baseType)
            ? attribute.BindType.GetMethod(
                attribute.BindMethodName,
                BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static,
                [typeof(ServiceBinderBase), baseType])
            : null;
        if (method is null)
        {
            throw new InvalidOperationException(
                $"{serviceType} is no gRPC service: derive it from the …Base class that Grpc.Tools generates (GrpcServices=\"Server\" or \"Both\").");
        }

        method.Invoke(null, [binder, null]);
    }

    /// <summary>The attribute, which sits on the generated base class, and that class; null if there is none.</summary>
    public static (BindServiceMethodAttribute Attribute, Type BaseType)? FindAttribute(Type serviceType)
    {
        for (var type = serviceType; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } attribute)
            {
                return (attribute, type);
            }
        }

        return null;
    }
}
