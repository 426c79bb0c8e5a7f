using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Puts files into the order of their imports, has them linked, and collects what they declare. For one use.</summary>
internal sealed class CatalogBuilder
{
    // Nobody has as many; descriptors that others send must not make a table of any size.
    private const int MaxFiles = 10_000;

    private readonly Dictionary<string, FileDescriptorProto> _given = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly List<ByteString> _sorted = [];
    private readonly HashSet<string> _placed = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _missing = new(StringComparer.Ordinal);
    private readonly CatalogSymbols _symbols = new();

    /// <summary>What is wrong, after a method returned false or null.</summary>
    public string Fault { get; private set; } = "";

    public bool TryAdd(IEnumerable<ReadOnlyMemory<byte>> files)
    {
        foreach (var file in files)
        {
            try
            {
                Add(FileDescriptorProto.Parser.ParseFrom(file.Span));
            }
            catch (InvalidProtocolBufferException failure)
            {
                return Fail($"The descriptor of a file cannot be read: {failure.Message}");
            }
        }

        return true;
    }

    public bool TryAddSet(ReadOnlyMemory<byte> set)
    {
        try
        {
            foreach (var file in FileDescriptorSet.Parser.ParseFrom(set.Span).File)
            {
                Add(file);
            }
        }
        catch (InvalidProtocolBufferException failure)
        {
            return Fail($"It is no FileDescriptorSet: {failure.Message}");
        }

        return _order.Count > 0 || Fail("It is a FileDescriptorSet without a file.");
    }

    public MessageCatalog? TryBuild()
    {
        if (_order.Count > MaxFiles)
        {
            _ = Fail($"There are more than {MaxFiles} files.");
            return null;
        }

        foreach (var name in _order)
        {
            if (!TryPlace(name))
            {
                return null;
            }
        }

        if (!TryLink(out var linked) || !_symbols.TryAdd(linked, WellKnownTypes.Files))
        {
            Fault = Fault.Length > 0 ? Fault : _symbols.Fault;
            return null;
        }

        return new MessageCatalog([.. linked.Where(file => _given.ContainsKey(file.Name))], _symbols.ByName, _symbols.Extensions);
    }

    private void Add(FileDescriptorProto file)
    {
        if (_given.TryAdd(file.Name, file))
        {
            _order.Add(file.Name);
        }
    }

    /// <summary>Places a file behind those that it imports. Without recursion: a chain of imports may be as long as its sender likes.</summary>
    private bool TryPlace(string root)
    {
        var open = new Stack<(string Name, bool ImportsPlaced)>();
        open.Push((root, false));
        var entered = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var next))
        {
            if (_placed.Contains(next.Name))
            {
                continue;
            }

            var file = FindProto(next.Name);
            if (next.ImportsPlaced)
            {
                _sorted.Add(file!.ToByteString());
                _placed.Add(next.Name);
                continue;
            }

            if (file is null)
            {
                continue;
            }

            if (!entered.Add(next.Name))
            {
                return Fail($"The file {next.Name} imports itself, directly or not.");
            }

            DropMissingImports(file);
            open.Push((next.Name, true));
            foreach (var import in file.Dependency.Where(import => !_placed.Contains(import)))
            {
                if (entered.Contains(import) && open.Any(waiting => waiting.ImportsPlaced && waiting.Name == import))
                {
                    return Fail($"The file {import} imports itself, directly or not.");
                }

                open.Push((import, false));
            }
        }

        return true;
    }

    private FileDescriptorProto? FindProto(string name)
    {
        if (!_given.TryGetValue(name, out var file) && WellKnownTypes.Files.FirstOrDefault(known => known.Name == name) is { } wellKnown)
        {
            file = wellKnown.ToProto();
        }

        return file;
    }

    /// <summary>
    /// Imports for options alone are often left out by whoever compiles or serves descriptors. If what a missing file declares is needed
    /// after all, linking fails, and says which type.
    /// </summary>
    private void DropMissingImports(FileDescriptorProto file)
    {
        var missing = file.Dependency.Where(import => FindProto(import) is null).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        _missing.UnionWith(missing);
        var publicImports = file.PublicDependency.Where(index => index >= 0 && index < file.Dependency.Count)
            .Select(index => file.Dependency[index]).Except(missing).ToList();
        var imports = file.Dependency.Except(missing).ToList();
        file.Dependency.Clear();
        file.Dependency.Add(imports);
        file.PublicDependency.Clear();
        file.PublicDependency.Add(publicImports.Select(import => imports.IndexOf(import)));
        file.WeakDependency.Clear();
    }

    private bool TryLink(out IReadOnlyList<FileDescriptor> linked)
    {
        linked = [];
        try
        {
            linked = FileDescriptor.BuildFromByteStrings(_sorted);
            return true;
        }
        catch (Exception failure) when (failure is DescriptorValidationException or ArgumentException or InvalidOperationException)
        {
            return Fail(
                $"The descriptors do not fit together: {failure.Message}"
                + (_missing.Count == 0 ? "" : $" These imports are missing: {string.Join(", ", _missing)}."));
        }
    }

    private bool Fail(string fault)
    {
        Fault = fault;
        return false;
    }
}
