using System.Reflection;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server;

/// <summary>Finds the descriptor that generated code keeps beside the base class of a service.</summary>
internal static class ServiceDescriptorLocator
{
    /// <summary>The descriptor of a service, or null if the class was not generated from a .proto file that declares it.</summary>
    /// <param name="serviceType">The class that serves it.</param>
    /// <param name="serviceName">Full name of the service.</param>
    public static ServiceDescriptor? Find(Type serviceType, string serviceName)
    {
        var descriptor = BindMethodLocator.FindAttribute(serviceType)?.Attribute.BindType
            .GetProperty("Descriptor", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static, null, typeof(ServiceDescriptor), [], null)
            ?.GetValue(null) as ServiceDescriptor;
        return descriptor?.FullName == serviceName ? descriptor : null;
    }
}
