using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Reflection;

/// <summary>
/// The mapped services, and all that their files and the files these import declare. Built at the first question, when everything is mapped;
/// immutable then. Thread-safe.
/// </summary>
internal sealed class ReflectionCatalog(MappedServices mapped)
{
    private readonly Lazy<ReflectionIndex> _index = new(() => new ReflectionIndex(
        mapped.All.Select(service => ServiceDescriptorLocator.Find(service.Value, service.Key)?.File).OfType<FileDescriptor>()));

    /// <summary>Full names of the mapped services, also of those whose descriptors are unknown because they were not generated.</summary>
    public IEnumerable<string> ServiceNames => mapped.All.Select(service => service.Key).Order(StringComparer.Ordinal);

    public FileDescriptor? FindFile(string name) => _index.Value.Files.GetValueOrDefault(name);

    public FileDescriptor? FindFileOfSymbol(string name) => _index.Value.Symbols.GetValueOrDefault(name);

    public FileDescriptor? FindFileOfExtension(string type, int number) => _index.Value.Extensions.GetValueOrDefault(type)?.GetValueOrDefault(number);

    /// <summary>In ascending order; null if there is no such message type.</summary>
    public IEnumerable<int>? FindExtensionNumbers(string type) => _index.Value.Extensions.GetValueOrDefault(type)?.Keys;
}
