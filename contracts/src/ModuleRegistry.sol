// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IModuleRegistry} from "./interfaces/IModuleRegistry.sol";

/// @title ModuleRegistry
/// @dev Nothing is ever changed or removed but a curator's own list.
contract ModuleRegistry is IModuleRegistry {
    /// @dev What a deal needs of a module: one word.
    struct Terms {
        address author;
        uint16 feeBps;
    }

    uint16 private constant MAX_FEE_BPS = 1_000;
    uint256 private constant MAX_NAME_BYTES = 64;

    /// @inheritdoc IModuleRegistry
    address public immutable steward;

    mapping(bytes32 nameHash => address) private _owners;
    mapping(bytes32 nameHash => mapping(bytes32 versionHash => Entry)) private _entries;
    mapping(bytes32 module => Terms) private _terms;
    mapping(address curator => mapping(bytes32 module => bool)) private _lists;

    /// @param steward_ the curator whose list waives the protocol fee; 0 = nobody
    constructor(address steward_) {
        steward = steward_;
    }

    /// @inheritdoc IModuleRegistry
    function publish(string calldata name, string calldata version, bytes32 module, uint16 feeBps) external {
        _expectName(name);
        _expectName(version);
        if (module == bytes32(0)) revert ModuleZero();
        if (feeBps > MAX_FEE_BPS) revert ModuleFeeTooHigh(feeBps, MAX_FEE_BPS);
        bytes32 key = keccak256(bytes(name));
        address owner = _owners[key];
        if (owner != address(0) && owner != msg.sender) revert ModuleNameTaken(name, owner);
        Entry storage entry = _entries[key][keccak256(bytes(version))];
        if (entry.module != bytes32(0)) revert ModuleVersionTaken(name, version);
        _owners[key] = msg.sender;
        // The first publication of a module fixes who earns from it; a later name for it earns nothing.
        if (_terms[module].author == address(0)) _terms[module] = Terms(msg.sender, feeBps);
        (entry.module, entry.author, entry.feeBps) = (module, msg.sender, feeBps);
        entry.publishedAt = uint40(block.timestamp);
        emit Published(module, msg.sender, name, version, feeBps);
    }

    /// @inheritdoc IModuleRegistry
    function curate(bytes32 module, bool listed) external {
        _lists[msg.sender][module] = listed;
        emit Curated(msg.sender, module, listed);
    }

    /// @inheritdoc IModuleRegistry
    function attest(bytes32 module, bool deterministic, uint32 runs) external {
        emit Attested(module, msg.sender, deterministic, runs);
    }

    /// @inheritdoc IModuleRegistry
    function find(string calldata name, string calldata version) external view returns (Entry memory) {
        return _entries[keccak256(bytes(name))][keccak256(bytes(version))];
    }

    /// @inheritdoc IModuleRegistry
    function ownerOf(string calldata name) external view returns (address) {
        return _owners[keccak256(bytes(name))];
    }

    /// @inheritdoc IModuleRegistry
    function termsOf(bytes32 module) external view returns (address author, uint16 feeBps, bool isPublicGood) {
        Terms memory terms = _terms[module];
        return (terms.author, terms.feeBps, _lists[steward][module]);
    }

    /// @inheritdoc IModuleRegistry
    function isListed(address curator, bytes32 module) external view returns (bool) {
        return _lists[curator][module];
    }

    /// @dev a-z 0-9 - . / _ only: what people read as equal must be equal.
    function _expectName(string calldata name) private pure {
        bytes calldata text = bytes(name);
        if (text.length == 0 || text.length > MAX_NAME_BYTES) revert ModuleBadName(name);
        for (uint256 i = 0; i < text.length; ++i) {
            bytes1 c = text[i];
            bool isAllowed = (c >= "a" && c <= "z") || (c >= "-" && c <= "9") || c == "_"; // - . / 0..9
            if (!isAllowed) revert ModuleBadName(name);
        }
    }
}
