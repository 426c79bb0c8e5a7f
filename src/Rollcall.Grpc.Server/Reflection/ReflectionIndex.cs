using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Reflection;

/// <summary>Where things are declared. The first of two files of one name, or of one symbol, is the one that is found.</summary>
internal sealed class ReflectionIndex
{
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<int, FileDescriptor>> _extensions = new(StringComparer.Ordinal);
    private readonly HashSet<FileDescriptor> _seen = [];

    public ReflectionIndex(IEnumerable<FileDescriptor> roots)
    {
        foreach (var root in roots)
        {
            Add(root);
        }
    }

    /// <summary>By name, as other files import them.</summary>
    public IReadOnlyDictionary<string, FileDescriptor> Files => _files;

    /// <summary>By full name of what they declare.</summary>
    public IReadOnlyDictionary<string, FileDescriptor> Symbols => _symbols;

    /// <summary>By the full name of every known message type: the file of each extension of it, by number.</summary>
    public IReadOnlyDictionary<string, SortedDictionary<int, FileDescriptor>> Extensions => _extensions;

    private void Add(FileDescriptor file)
    {
        if (!_seen.Add(file))
        {
            return;
        }

        _files.TryAdd(file.Name, file);
        foreach (var service in file.Services)
        {
            AddSymbol(service);
            AddSymbols(service.Methods);
        }

        foreach (var message in file.MessageTypes)
        {
            Add(message);
        }

        foreach (var enumeration in file.EnumTypes)
        {
            Add(enumeration);
        }

        foreach (var extension in file.Extensions.UnorderedExtensions)
        {
            AddExtension(extension);
        }

        foreach (var dependency in file.Dependencies)
        {
            Add(dependency);
        }
    }

    private void Add(MessageDescriptor message)
    {
        AddSymbol(message);
        ExtensionsOf(message);
        AddSymbols(message.Fields.InDeclarationOrder());
        AddSymbols(message.Oneofs);
        foreach (var nested in message.NestedTypes)
        {
            Add(nested);
        }

        foreach (var enumeration in message.EnumTypes)
        {
            Add(enumeration);
        }

        foreach (var extension in message.Extensions.UnorderedExtensions)
        {
            AddExtension(extension);
        }
    }

    private void Add(EnumDescriptor enumeration)
    {
        AddSymbol(enumeration);

        // The values of an enum are its siblings: demo.RED, not demo.Color.RED, and both are asked for.
        var scope = enumeration.FullName[..^enumeration.Name.Length];
        foreach (var value in enumeration.Values)
        {
            AddSymbol(value);
            _symbols.TryAdd(scope + value.Name, value.File);
        }
    }

    private void AddExtension(FieldDescriptor extension)
    {
        AddSymbol(extension);
        ExtensionsOf(extension.ExtendeeType).TryAdd(extension.FieldNumber, extension.File);
    }

    private SortedDictionary<int, FileDescriptor> ExtensionsOf(MessageDescriptor message)
    {
        if (!_extensions.TryGetValue(message.FullName, out var extensions))
        {
            _extensions.Add(message.FullName, extensions = []);
        }

        return extensions;
    }

    private void AddSymbols(IEnumerable<IDescriptor> descriptors)
    {
        foreach (var descriptor in descriptors)
        {
            AddSymbol(descriptor);
        }
    }

    private void AddSymbol(IDescriptor descriptor) => _symbols.TryAdd(descriptor.FullName, descriptor.File);
}
