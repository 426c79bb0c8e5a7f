using System.Reflection;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Calls the bind method that the generated base class of a service names.</summary>
internal static class BindMethodLocator
{
    public static void Bind(Type serviceType, ServiceBinderBase binder)
    {
        // The attribute sits on the generated base class; looking through the bases finds which one that is.
        for (var type = serviceType; type is not null; type = type.BaseType)
        {
            var attribute = type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false);
            if (attribute is null)
            {
                continue;
            }

            var method = attribute.BindType.GetMethod(
                attribute.BindMethodName,
                BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static,
                [typeof(ServiceBinderBase), type]);
            if (method is null)
            {
                break;
            }

            method.Invoke(null, [binder, null]);
            return;
        }

        throw new InvalidOperationException(
            $"{serviceType} is no gRPC service: derive it from the …Base class that Grpc.Tools generates (GrpcServices=\"Server\" or \"Both\").");
    }
}
